//! What people call the services, and what records call them.

/// Words in small letters, and what stands before `.amazonaws.com`. Longer ones come first where
/// one is a part of another. Services whose names are plain words are here with `aws` only.
const CALLED: [(&str, &str); 92] = [
    ("api gateway", "apigateway"),
    ("app runner", "apprunner"),
    ("application load balancer", "elasticloadbalancing"),
    ("athena", "athena"),
    ("auto scaling", "autoscaling"),
    ("autoscaling", "autoscaling"),
    ("aws backup", "backup"),
    ("aws batch", "batch"),
    ("aws config", "config"),
    ("bedrock", "bedrock"),
    ("certificate manager", "acm"),
    ("cloudformation", "cloudformation"),
    ("cloudfront", "cloudfront"),
    ("cloudtrail", "cloudtrail"),
    ("cloudwatch logs", "logs"),
    ("cloudwatch", "monitoring"),
    ("codebuild", "codebuild"),
    ("codecommit", "codecommit"),
    ("codedeploy", "codedeploy"),
    ("codepipeline", "codepipeline"),
    ("cognito", "cognito-idp"),
    ("direct connect", "directconnect"),
    ("documentdb", "rds"),
    ("dynamo db", "dynamodb"),
    ("dynamodb", "dynamodb"),
    ("ebs", "ec2"),
    ("ec2", "ec2"),
    ("ecr", "ecr"),
    ("ecs", "ecs"),
    ("efs", "elasticfilesystem"),
    ("eks", "eks"),
    ("elastic beanstalk", "elasticbeanstalk"),
    ("elasticache", "elasticache"),
    ("elb", "elasticloadbalancing"),
    ("emr", "elasticmapreduce"),
    ("eventbridge", "events"),
    ("firehose", "firehose"),
    ("fsx", "fsx"),
    ("glacier", "glacier"),
    ("glue", "glue"),
    ("guardduty", "guardduty"),
    ("iam", "iam"),
    ("identity center", "sso"),
    ("inspector", "inspector2"),
    ("iot", "iot"),
    ("key management service", "kms"),
    ("kinesis", "kinesis"),
    ("kms", "kms"),
    ("lake formation", "lakeformation"),
    ("lambda", "lambda"),
    ("load balancer", "elasticloadbalancing"),
    ("load balancers", "elasticloadbalancing"),
    ("macie", "macie2"),
    ("msk", "kafka"),
    ("neptune", "rds"),
    ("network firewall", "network-firewall"),
    ("opensearch", "es"),
    ("organizations", "organizations"),
    ("parameter store", "ssm"),
    ("ram", "ram"),
    ("rds", "rds"),
    ("redshift", "redshift"),
    ("rekognition", "rekognition"),
    ("resource access manager", "ram"),
    ("route 53", "route53"),
    ("route53", "route53"),
    ("s3", "s3"),
    ("sagemaker", "sagemaker"),
    ("secrets manager", "secretsmanager"),
    ("secretsmanager", "secretsmanager"),
    ("security hub", "securityhub"),
    ("security token service", "sts"),
    ("securityhub", "securityhub"),
    ("service catalog", "servicecatalog"),
    ("service quotas", "servicequotas"),
    ("ses", "ses"),
    ("shield", "shield"),
    ("simple notification service", "sns"),
    ("simple queue service", "sqs"),
    ("sns", "sns"),
    ("sqs", "sqs"),
    ("ssm", "ssm"),
    ("step functions", "states"),
    ("sts", "sts"),
    ("systems manager", "ssm"),
    ("textract", "textract"),
    ("transcribe", "transcribe"),
    ("transfer family", "transfer"),
    ("trusted advisor", "trustedadvisor"),
    ("waf", "wafv2"),
    ("workspaces", "workspaces"),
    ("xray", "xray"),
];

/// Names of services in one spelling with capitals inside, which are no operations.
pub(super) const SPELLED: [&str; 19] = [
    "CloudFormation",
    "CloudFront",
    "CloudTrail",
    "CloudWatch",
    "CodeBuild",
    "CodeCommit",
    "CodeDeploy",
    "CodePipeline",
    "DynamoDB",
    "ElastiCache",
    "EventBridge",
    "GuardDuty",
    "OpenSearch",
    "SageMaker",
    "SecretsManager",
    "SecurityHub",
    "WorkSpaces",
    "JavaScript",
    "DocumentDB",
];

/// The services that a text of plain words names, as `eventSource` has them.
pub(super) fn named(plain: &str) -> Vec<String> {
    let mut rest = format!(" {plain} ");
    let mut found = Vec::new();
    for (called, name) in CALLED {
        let phrase = format!(" {called} ");
        if rest.contains(&phrase) {
            rest = rest.replace(&phrase, " ");
            let source = format!("{name}.amazonaws.com");
            if !found.contains(&source) {
                found.push(source);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_found_by_what_they_are_called() {
        assert_eq!(named("users that used sns and s3"), ["s3.amazonaws.com", "sns.amazonaws.com"]);
        assert_eq!(named("cloudwatch logs of today"), ["logs.amazonaws.com"]);
        assert_eq!(named("calls of aws config"), ["config.amazonaws.com"]);
        assert_eq!(named("the config of my account"), Vec::<String>::new());
    }
}
