//! The resources that a record names.

use std::borrow::Cow;

use crate::field::Field;
use crate::scan::{self, Text};
use crate::text::decode;

/// A resource as LookupEvents shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource<'a> {
    /// `AWS::service::type`, where it is known.
    pub kind: Option<Cow<'a, str>>,
    /// An ARN, a name or an id.
    pub name: Cow<'a, str>,
}

/// An element of a record's `resources`. The texts are UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedResource<'a> {
    pub(crate) kind: Option<Cow<'a, [u8]>>,
    /// `ARN`, or what stands in its place: `ARNPrefix`.
    pub(crate) arn: Option<Cow<'a, [u8]>>,
}

/// Reads the elements of a record's `resources`.
pub(crate) fn listed<'a>(list: &'a [u8], found: &mut Vec<Resource<'a>>) {
    each_listed(list, |ListedResource { kind, arn }| {
        found.extend(arn.map(|name| Resource { kind: kind.map(as_text), name: as_text(name) }));
    });
}

/// Gives each element of a record's `resources` that is an object.
pub(crate) fn each_listed<'a>(list: &'a [u8], mut found: impl FnMut(ListedResource<'a>)) {
    // The bytes were validated with the record, so the walk cannot fail.
    let _ = scan::array(list, 0, |at| {
        if scan::peek(list, at) != b'{' {
            return scan::skip_value(list, at, 0);
        }
        let (mut kind, mut arn) = (None, None);
        let end = scan::object(list, at, |name, at| {
            let written = &list[name.start..name.end];
            let field = if name.escaped {
                Field::of_resource(decode(written).as_bytes())
            } else {
                Field::of_resource(written)
            };
            let Some(field) = field else { return scan::skip_value(list, at, 0) };
            if scan::peek(list, at) != b'"' {
                return scan::skip_value(list, at, 0);
            }
            let text = scan::text(list, at + 1)?;
            let written = &list[text.start..text.end];
            let value = if text.escaped {
                Some(Cow::Owned(decode(written).into_owned().into_bytes()))
            } else {
                (!written.is_empty()).then_some(Cow::Borrowed(written))
            };
            match field {
                Field::ResourceType => kind = value,
                Field::ResourceArn => arn = value,
                _ => arn = arn.take().or(value),
            }
            Ok::<usize, crate::Flaw>(text.end + 1)
        })?;
        found(ListedResource { kind, arn });
        Ok(end)
    });
}

fn as_text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
    }
}

/// Reads the members of a record's `requestParameters` that are known to name a resource.
pub(crate) fn named<'a>(source: &str, parameters: &'a [u8], found: &mut Vec<Resource<'a>>) {
    let known = names_of(source);
    if known.is_empty() || scan::peek(parameters, 0) != b'{' {
        return;
    }
    // The bytes were validated with the record, so the walk cannot fail.
    let _ = scan::object(parameters, 0, |key: Text, at| {
        let end = scan::skip_value(parameters, at, 0)?;
        let member = &parameters[key.start..key.end];
        let kind = known.iter().find(|(name, _)| name.as_bytes() == member);
        if let (Some((_, kind)), Some(name)) = (kind, text_value(parameters, at, end))
            && !found.iter().any(|resource| resource.name == name)
        {
            found.push(Resource { kind: Some(Cow::Borrowed(kind)), name });
        }
        Ok::<usize, crate::Flaw>(end)
    });
}

/// The text of the value between `at` and `end`; `None` for one that is empty or not a text.
fn text_value(bytes: &[u8], at: usize, end: usize) -> Option<Cow<'_, str>> {
    let inside = bytes[at..end].strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    (!inside.is_empty()).then(|| decode(inside))
}

/// The members of a service's `requestParameters` that name a resource, and its type.
fn names_of(source: &str) -> &'static [(&'static str, &'static str)] {
    match source {
        "iam.amazonaws.com" => &[
            ("userName", "AWS::IAM::User"),
            ("roleName", "AWS::IAM::Role"),
            ("groupName", "AWS::IAM::Group"),
            ("policyArn", "AWS::IAM::Policy"),
            ("instanceProfileName", "AWS::IAM::InstanceProfile"),
            ("accessKeyId", "AWS::IAM::AccessKey"),
        ],
        "sts.amazonaws.com" => &[("roleArn", "AWS::IAM::Role")],
        "s3.amazonaws.com" => &[("bucketName", "AWS::S3::Bucket")],
        "ec2.amazonaws.com" => &[
            ("instanceId", "AWS::EC2::Instance"),
            ("volumeId", "AWS::EC2::Volume"),
            ("snapshotId", "AWS::EC2::Snapshot"),
            ("imageId", "AWS::EC2::Ami"),
            ("groupId", "AWS::EC2::SecurityGroup"),
            ("vpcId", "AWS::EC2::VPC"),
            ("subnetId", "AWS::EC2::Subnet"),
            ("keyName", "AWS::EC2::KeyPair"),
        ],
        "kms.amazonaws.com" => &[("keyId", "AWS::KMS::Key")],
        "lambda.amazonaws.com" => &[("functionName", "AWS::Lambda::Function")],
        "dynamodb.amazonaws.com" => &[("tableName", "AWS::DynamoDB::Table")],
        "sns.amazonaws.com" => &[("topicArn", "AWS::SNS::Topic")],
        "sqs.amazonaws.com" => &[("queueUrl", "AWS::SQS::Queue")],
        "logs.amazonaws.com" => &[("logGroupName", "AWS::Logs::LogGroup")],
        "rds.amazonaws.com" => &[
            ("dBInstanceIdentifier", "AWS::RDS::DBInstance"),
            ("dBClusterIdentifier", "AWS::RDS::DBCluster"),
        ],
        "cloudformation.amazonaws.com" => &[("stackName", "AWS::CloudFormation::Stack")],
        "secretsmanager.amazonaws.com" => &[("secretId", "AWS::SecretsManager::Secret")],
        "cloudtrail.amazonaws.com" => &[
            ("name", "AWS::CloudTrail::Trail"),
            ("trailName", "AWS::CloudTrail::Trail"),
            ("eventDataStore", "AWS::CloudTrail::EventDataStore"),
        ],
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
