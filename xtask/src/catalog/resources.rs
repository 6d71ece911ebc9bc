//! The resources that records name, as templates of their ARNs. `cairn_catalog::Resource` says how
//! a template reads.

use super::data_events;

/// Which operations of a service a template is for; in any case only those whose request has the
/// members that the template names.
enum Of {
    All,
    Data,
    Only(&'static [&'static str]),
    Not(&'static [&'static str]),
}

struct Rule {
    service: &'static str,
    of: Of,
    kind: &'static str,
    arn: &'static str,
}

const fn rule(service: &'static str, of: Of, kind: &'static str, arn: &'static str) -> Rule {
    Rule { service, of, kind, arn }
}

const BUCKET: &str = "arn:{partition}:s3:::{bucketName}";
const KEY: &str = "arn:{partition}:kms:{region}:{account}:{keyId|key/}";
const PARAMETER: &str = "arn:{partition}:ssm:{region}:{account}:parameter{name|/}";
const SNAPSHOT: &str = "AWS::EC2::Snapshot";

/// The order is that of the records: an object before its bucket.
const RULES: &[Rule] = &[
    rule("s3", Of::Data, "AWS::S3::Object", "arn:{partition}:s3:::{bucketName}/{key}"),
    rule("s3", Of::Not(&["CreateBucket"]), "AWS::S3::Bucket", BUCKET),
    rule("sts", Of::All, "AWS::IAM::Role", "{roleArn}"),
    rule("kms", Of::Only(&["CreateKey"]), "AWS::KMS::Key", "response:{keyMetadata.arn}"),
    rule("kms", Of::All, "AWS::KMS::Key", KEY),
    rule(
        "kms",
        Of::All,
        "AWS::KMS::Key",
        "arn:{partition}:kms:{region}:{account}:{targetKeyId|key/}",
    ),
    rule(
        "kms",
        Of::Only(&["CreateAlias", "DeleteAlias", "UpdateAlias"]),
        "AWS::KMS::Key",
        "arn:{partition}:kms:{region}:{account}:{aliasName}",
    ),
    rule(
        "kms",
        Of::Only(&["ReEncrypt"]),
        "AWS::KMS::Key",
        "arn:{partition}:kms:{region}:{account}:{sourceKeyId|key/}",
    ),
    rule(
        "kms",
        Of::Only(&["ReEncrypt"]),
        "AWS::KMS::Key",
        "arn:{partition}:kms:{region}:{account}:{destinationKeyId|key/}",
    ),
    rule("kms", Of::Only(&["ReplicateKey"]), "AWS::KMS::Key", "response:{replicaKeyMetadata.arn}"),
    rule(
        "lambda",
        Of::Data,
        "AWS::Lambda::Function",
        "arn:{partition}:lambda:{region}:{account}:function:{functionName}",
    ),
    rule(
        "dynamodb",
        Of::Not(&["CreateTable"]),
        "AWS::DynamoDB::Table",
        "arn:{partition}:dynamodb:{region}:{account}:table/{tableName}",
    ),
    rule(
        "dynamodb",
        Of::Only(&["BatchGetItem", "BatchWriteItem"]),
        "AWS::DynamoDB::Table",
        "arn:{partition}:dynamodb:{region}:{account}:table/{requestItems}",
    ),
    rule("dynamodbstreams", Of::Data, "AWS::DynamoDB::Stream", "{streamArn}"),
    rule("sqs", Of::Data, "AWS::SQS::Queue", "arn:{partition}:sqs:{region}:{account}:{queueUrl/}"),
    rule("sns", Of::Data, "AWS::SNS::Topic", "{topicArn}"),
    rule("sns", Of::Data, "AWS::SNS::PlatformEndpoint", "{targetArn}"),
    rule("ebs", Of::All, SNAPSHOT, "arn:{partition}:ec2:{region}::snapshot/{snapshotId}"),
    rule("ebs", Of::All, SNAPSHOT, "arn:{partition}:ec2:{region}::snapshot/{firstSnapshotId}"),
    rule("ebs", Of::All, SNAPSHOT, "arn:{partition}:ec2:{region}::snapshot/{secondSnapshotId}"),
    rule("cloudtrail-data", Of::All, "AWS::CloudTrail::Channel", "{channelArn}"),
    rule(
        "kinesis",
        Of::Data,
        "AWS::Kinesis::Stream",
        "arn:{partition}:kinesis:{region}:{account}:stream/{streamName}",
    ),
    rule("kinesis", Of::Data, "AWS::Kinesis::Stream", "{streamARN}"),
    rule("kinesis", Of::Data, "AWS::Kinesis::StreamConsumer", "{consumerARN}"),
    rule(
        "firehose",
        Of::Data,
        "AWS::KinesisFirehose::DeliveryStream",
        "arn:{partition}:firehose:{region}:{account}:deliverystream/{deliveryStreamName}",
    ),
    rule(
        "cognito-identity",
        Of::Data,
        "AWS::Cognito::IdentityPool",
        "arn:{partition}:cognito-identity:{region}:{account}:identitypool/{identityPoolId}",
    ),
    rule(
        "codecommit",
        Of::All,
        "AWS::CodeCommit::Repository",
        "arn:{partition}:codecommit:{region}:{account}:{repositoryName}",
    ),
    rule("ecr", Of::All, "", "arn:{partition}:ecr:{region}:{account}:repository/{repositoryName}"),
    rule("ssm", Of::Only(PARAMETERS), "", PARAMETER),
    rule(
        "ssm",
        Of::Only(&["DeleteParameters", "GetParameters"]),
        "",
        "arn:{partition}:ssm:{region}:{account}:parameter{names|/}",
    ),
    rule("ssm", Of::Only(DOCUMENTS), "", "arn:{partition}:ssm:{region}:{account}:document/{name}"),
];

const PARAMETERS: &[&str] = &[
    "DeleteParameter",
    "GetParameter",
    "GetParameterHistory",
    "LabelParameterVersion",
    "PutParameter",
    "UnlabelParameterVersion",
];

const DOCUMENTS: &[&str] = &[
    "CreateDocument",
    "DeleteDocument",
    "DescribeDocument",
    "DescribeDocumentPermission",
    "GetDocument",
    "ModifyDocumentPermission",
    "UpdateDocument",
    "UpdateDocumentDefaultVersion",
];

/// What `requestParameters` calls a member of a request.
pub(super) fn parameter(service: &str, member: &str) -> String {
    if (service, member) == ("s3", "Bucket") {
        return "bucketName".to_owned();
    }
    let mut letters = member.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The kinds and templates for one operation, whose request has these `parameters`.
pub(super) fn of(
    service: &str,
    operation: &str,
    parameters: &[String],
) -> Vec<(&'static str, &'static str)> {
    let data = data_events::resource_type(service, operation).is_some();
    let fits = |rule: &&Rule| {
        let meant = match rule.of {
            Of::All => true,
            Of::Data => data,
            Of::Only(operations) => operations.contains(&operation),
            Of::Not(operations) => !operations.contains(&operation),
        };
        meant && names(rule.arn).all(|name| parameters.iter().any(|known| known == name))
    };
    let of_service = RULES.iter().filter(|rule| rule.service == service);
    of_service.filter(fits).map(|rule| (rule.kind, rule.arn)).collect()
}

/// The members of the request that a template names.
fn names(template: &str) -> impl Iterator<Item = &str> {
    let of_request = if template.starts_with("response:") { "" } else { template };
    let braced = of_request.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let bare = braced.map(|name| name.split(['|', '/', '.']).next().unwrap_or_default());
    bare.filter(|name| !matches!(*name, "partition" | "region" | "account"))
}

#[cfg(test)]
mod tests {
    use super::{names, of};

    #[test]
    fn a_template_names_members_without_what_stands_around_them() {
        let template = "arn:{partition}:kms:{region}:{account}:{keyId|key/}/{queueUrl/}/{a.b}";
        assert_eq!(names(template).collect::<Vec<_>>(), ["keyId", "queueUrl", "a"]);
        assert_eq!(names("response:{keyMetadata.arn}").count(), 0);
    }

    #[test]
    fn only_templates_whose_members_are_there_are_given() {
        let bucket = ["bucketName".to_owned()];
        let object = ["bucketName".to_owned(), "key".to_owned()];
        assert_eq!(of("s3", "GetObject", &object).len(), 2);
        assert_eq!(of("s3", "ListObjects", &bucket).len(), 1);
        assert!(of("s3", "CreateBucket", &bucket).is_empty());
        assert!(of("iam", "CreateUser", &["userName".to_owned()]).is_empty());
    }
}
