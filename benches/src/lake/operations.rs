//! Which operations are called: 30 services with 10 each, the first of every service the most
//! frequent.

use super::record::Kind;

/// Name of the service, what it acts on, and its operations.
const SERVICES: [(&str, &str, &str); 30] = [
    (
        "kms",
        "key",
        "Decrypt GenerateDataKey DescribeKey ListAliases Encrypt ListKeys CreateGrant GetKeyPolicy \
         ListGrants ScheduleKeyDeletion",
    ),
    (
        "sts",
        "role",
        "GetCallerIdentity AssumeRole GetSessionToken AssumeRoleWithWebIdentity AssumeRoleWithSAML \
         GetFederationToken DecodeAuthorizationMessage GetAccessKeyInfo TagSession AssumeRoot",
    ),
    (
        "s3",
        "bucket",
        "GetBucketAcl GetBucketLocation ListBuckets GetBucketPolicy GetBucketTagging \
         GetBucketVersioning PutBucketPolicy PutBucketTagging CreateBucket DeleteBucket",
    ),
    (
        "ec2",
        "instance",
        "DescribeInstances RunInstances DescribeSecurityGroups DescribeVolumes DescribeSubnets \
         CreateTags TerminateInstances AuthorizeSecurityGroupIngress CreateSnapshot StopInstances",
    ),
    (
        "logs",
        "logGroup",
        "CreateLogStream DescribeLogGroups DescribeLogStreams FilterLogEvents CreateLogGroup \
         PutRetentionPolicy StartQuery GetQueryResults DeleteLogGroup PutSubscriptionFilter",
    ),
    (
        "iam",
        "role",
        "GetRole ListRoles GetUser ListAttachedRolePolicies GetPolicyVersion CreateRole \
         AttachRolePolicy CreateAccessKey DeleteRole PutUserPolicy",
    ),
    (
        "dynamodb",
        "table",
        "DescribeTable ListTables DescribeTimeToLive CreateTable UpdateTable DeleteTable \
         DescribeContinuousBackups TagResource CreateBackup ListBackups",
    ),
    (
        "lambda",
        "function",
        "GetFunction20150331v2 ListFunctions20150331 GetPolicy20150331v2 UpdateFunctionCode \
         CreateFunction20150331 ListTags20170331 PublishVersion20150331 AddPermission20150331v2 \
         DeleteFunction20150331 ListEventSourceMappings20150331",
    ),
    (
        "ssm",
        "parameter",
        "GetParameter GetParameters UpdateInstanceInformation DescribeInstanceInformation \
         PutParameter SendCommand ListAssociations GetInventory StartSession DeleteParameter",
    ),
    (
        "ecr",
        "repository",
        "GetAuthorizationToken BatchGetImage GetDownloadUrlForLayer DescribeRepositories PutImage \
         BatchCheckLayerAvailability CreateRepository ListImages InitiateLayerUpload TagResource",
    ),
    (
        "signin",
        "session",
        "ConsoleLogin CheckMfa GetSigninToken SwitchRole RenewRole ExitRole \
         CredentialVerification CredentialChallenge PasswordRecoveryRequested UserAuthentication",
    ),
    (
        "secretsmanager",
        "secret",
        "GetSecretValue DescribeSecret ListSecrets GetResourcePolicy PutSecretValue CreateSecret \
         RotateSecret DeleteSecret UpdateSecret ListSecretVersionIds",
    ),
    (
        "monitoring",
        "alarm",
        "DescribeAlarms PutMetricAlarm GetDashboard ListDashboards DeleteAlarms SetAlarmState \
         PutDashboard DescribeAlarmHistory ListMetrics TagResource",
    ),
    (
        "autoscaling",
        "group",
        "DescribeAutoScalingGroups DescribeLaunchConfigurations SetDesiredCapacity \
         UpdateAutoScalingGroup DescribePolicies CompleteLifecycleAction DescribeTags \
         CreateAutoScalingGroup TerminateInstanceInAutoScalingGroup DeleteAutoScalingGroup",
    ),
    (
        "elasticloadbalancing",
        "loadBalancer",
        "DescribeTargetHealth DescribeLoadBalancers DescribeTargetGroups DescribeListeners \
         RegisterTargets DeregisterTargets DescribeRules CreateRule ModifyListener DescribeTags",
    ),
    (
        "rds",
        "dbInstance",
        "DescribeDBInstances DescribeDBClusters DescribeDBSnapshots ListTagsForResource \
         CreateDBSnapshot ModifyDBInstance DescribeEvents DeleteDBSnapshot CopyDBSnapshot \
         StartExportTask",
    ),
    (
        "sqs",
        "queue",
        "GetQueueAttributes ListQueues GetQueueUrl SetQueueAttributes CreateQueue DeleteQueue \
         TagQueue ListQueueTags PurgeQueue AddPermission",
    ),
    (
        "sns",
        "topic",
        "ListTopics GetTopicAttributes ListSubscriptionsByTopic Subscribe CreateTopic \
         SetTopicAttributes Unsubscribe DeleteTopic ListSubscriptions ConfirmSubscription",
    ),
    (
        "ecs",
        "service",
        "DescribeTasks ListTasks DescribeServices RunTask UpdateService RegisterTaskDefinition \
         DescribeClusters StopTask ListServices DescribeTaskDefinition",
    ),
    (
        "eks",
        "cluster",
        "DescribeCluster ListClusters DescribeNodegroup ListNodegroups AccessKubernetesApi \
         UpdateNodegroupConfig CreateCluster ListAddons DescribeAddon DeleteCluster",
    ),
    (
        "cloudformation",
        "stack",
        "DescribeStacks DescribeStackEvents ListStacks CreateChangeSet ExecuteChangeSet \
         DescribeChangeSet GetTemplate UpdateStack CreateStack DeleteStack",
    ),
    (
        "config",
        "rule",
        "PutEvaluations DescribeConfigRules GetComplianceDetailsByConfigRule \
         BatchGetResourceConfig DescribeConfigurationRecorders SelectResourceConfig PutConfigRule \
         StartConfigRulesEvaluation DescribeComplianceByConfigRule ListDiscoveredResources",
    ),
    (
        "cloudtrail",
        "trail",
        "LookupEvents DescribeTrails GetTrailStatus GetEventSelectors ListTags GetTrail \
         StopLogging PutEventSelectors UpdateTrail CreateTrail",
    ),
    (
        "organizations",
        "account",
        "ListAccounts DescribeOrganization DescribeAccount ListParents ListPolicies \
         DescribePolicy ListRoots AttachPolicy CreateAccount MoveAccount",
    ),
    (
        "route53",
        "hostedZone",
        "ListHostedZones ListResourceRecordSets ChangeResourceRecordSets GetHostedZone GetChange \
         ListTagsForResource CreateHostedZone GetHealthCheck ListHealthChecks DeleteHostedZone",
    ),
    (
        "acm",
        "certificate",
        "DescribeCertificate ListCertificates ListTagsForCertificate RequestCertificate \
         GetCertificate DeleteCertificate AddTagsToCertificate RenewCertificate \
         ImportCertificate ExportCertificate",
    ),
    (
        "states",
        "stateMachine",
        "DescribeExecution StartExecution ListStateMachines DescribeStateMachine ListExecutions \
         StopExecution UpdateStateMachine CreateStateMachine GetExecutionHistory TagResource",
    ),
    (
        "glue",
        "job",
        "GetTable GetDatabase GetTables GetPartitions GetJobRun StartJobRun GetDatabases \
         CreateTable UpdateTable BatchCreatePartition",
    ),
    (
        "athena",
        "workGroup",
        "GetQueryExecution StartQueryExecution GetQueryResults ListQueryExecutions GetWorkGroup \
         ListWorkGroups BatchGetQueryExecution StopQueryExecution CreateNamedQuery \
         ListDataCatalogs",
    ),
    (
        "guardduty",
        "detector",
        "GetDetector ListDetectors GetFindings ListFindings ListMembers GetMasterAccount \
         ArchiveFindings CreateFilter UpdateDetector DeleteDetector",
    ),
];

/// One operation of one service.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    /// What the service acts on, as its parameters name it.
    pub(crate) noun: &'static str,
    pub(crate) read_only: bool,
    pub(crate) kind: Kind,
}

/// All of them, the most frequent first.
pub(crate) fn all() -> Vec<Operation> {
    let mut found = Vec::new();
    let services = SERVICES.map(|(service, noun, names)| (service, noun, words(names)));
    for rank in 0..10 {
        for (service, noun, names) in &services {
            found.extend(names.get(rank).map(|name| operation(service, noun, name)));
        }
    }
    found
}

fn words(names: &'static str) -> Vec<&'static str> {
    names.split_whitespace().collect()
}

fn operation(service: &'static str, noun: &'static str, name: &'static str) -> Operation {
    const READS: [&str; 7] = ["Get", "List", "Describe", "Lookup", "Batch", "Filter", "Decode"];
    let kind = match (service, name) {
        ("sts", "AssumeRole") => Kind::AssumeRole,
        ("signin", "ConsoleLogin") => Kind::ConsoleLogin,
        ("ec2", "RunInstances") => Kind::RunInstances,
        ("s3", _) => Kind::Bucket,
        ("kms", _) => Kind::Key,
        _ => Kind::Other,
    };
    let read_only = kind == Kind::AssumeRole
        || READS.iter().any(|verb| name.starts_with(verb))
        || matches!(name, "Decrypt" | "Encrypt" | "GenerateDataKey");
    Operation { service, name, noun, read_only, kind }
}
