//! Whether a policy lets CloudTrail deliver.
//!
//! The policy is evaluated as it would be for each call that a delivery makes; whether a call would
//! work right now is another question.

use cairn_core::{AccountId, Arn};

use crate::{Context, Decision, Policy, Principal, Request};

/// The service that delivers.
pub const CLOUDTRAIL: Principal<'static> = Principal::Service("cloudtrail.amazonaws.com");

/// What a trail delivers, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    pub trail_arn: &'a str,
    /// Of the trail's owner, whose records these are.
    pub account: AccountId,
    pub bucket: &'a str,
    /// `S3KeyPrefix`, without a slash at its end.
    pub prefix: Option<&'a str>,
    /// `o-…`, of an organization's trail.
    pub organization: Option<&'a str>,
    /// The ARN of the key that files are encrypted with.
    pub kms_key: Option<&'a str>,
}

/// A call that the policy does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy does not let cloudtrail.amazonaws.com call {action} on {resource}: {decision:?}"
)]
pub struct Refused {
    pub action: &'static str,
    pub resource: String,
    /// `ImplicitDeny` where a statement is missing, `ExplicitDeny` where one forbids.
    pub decision: Decision,
}

/// The bucket's policy: CloudTrail reads its ACL and puts objects under the account's folder, and
/// under the organization's.
pub fn cloudtrail_bucket(policy: &Policy, delivery: &Delivery<'_>) -> Result<(), Refused> {
    let Delivery { bucket, account, .. } = delivery;
    let partition = delivery.partition();
    let bucket_arn = format!("arn:{partition}:s3:::{bucket}");
    require(policy, "s3:GetBucketAcl", bucket_arn.clone(), &delivery.context())?;
    let context = delivery.put_context();
    let folder = match delivery.prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{bucket_arn}/{}/AWSLogs", prefix.trim_end_matches('/')),
        None => format!("{bucket_arn}/AWSLogs"),
    };
    let organization = delivery.organization.map(|id| format!("{folder}/{id}"));
    let folders = [Some(format!("{folder}/{account}")), organization];
    for folder in folders.into_iter().flatten() {
        // The star is one of the names that objects may have: what allows it names no folder. The
        // two others are those that a statement may single out.
        for below in ["*", "CloudTrail/", "CloudTrail-Digest/"] {
            require(policy, "s3:PutObject", format!("{folder}/{below}"), &context)?;
        }
    }
    Ok(())
}

/// Results of queries, and where they are delivered to.
#[derive(Debug, Clone, Copy)]
pub struct Results<'a> {
    /// The ARN of the event data store that is read first.
    pub store_arn: &'a str,
    /// Of whoever started the query.
    pub account: AccountId,
    pub bucket: &'a str,
    /// Without a slash at its end.
    pub prefix: Option<&'a str>,
}

/// The bucket's policy: CloudTrail reads its ACL and puts results under the account's folder.
pub fn lake_bucket(policy: &Policy, results: &Results<'_>) -> Result<(), Refused> {
    let Results { store_arn, account, bucket, prefix } = *results;
    let organization = None;
    let delivery =
        Delivery { trail_arn: store_arn, account, bucket, prefix, organization, kms_key: None };
    let bucket_arn = format!("arn:{}:s3:::{bucket}", delivery.partition());
    require(policy, "s3:GetBucketAcl", bucket_arn.clone(), &delivery.context())?;
    let folder = match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => format!("{bucket_arn}/{prefix}/AWSLogs"),
        None => format!("{bucket_arn}/AWSLogs"),
    };
    let below = format!("{folder}/{account}/CloudTrail-Lake/Query/*");
    require(policy, "s3:PutObject", below, &delivery.put_context())
}

/// The topic's policy: CloudTrail publishes.
pub fn cloudtrail_topic(
    policy: &Policy,
    topic_arn: &str,
    delivery: &Delivery<'_>,
) -> Result<(), Refused> {
    require(policy, "sns:Publish", topic_arn.to_owned(), &delivery.context())
}

/// The key's policy: CloudTrail describes the key and makes data keys of it, for this trail.
pub fn cloudtrail_key(
    policy: &Policy,
    key_arn: &str,
    delivery: &Delivery<'_>,
) -> Result<(), Refused> {
    require(policy, "kms:DescribeKey", key_arn.to_owned(), &delivery.context())?;
    require(policy, "kms:GenerateDataKey", key_arn.to_owned(), &delivery.key_context())
}

fn require(
    policy: &Policy,
    action: &'static str,
    resource: String,
    context: &Context,
) -> Result<(), Refused> {
    let request = Request { principal: CLOUDTRAIL, action, resource: &resource, context };
    match policy.evaluate(&request) {
        Decision::Allow => Ok(()),
        decision @ (Decision::ExplicitDeny | Decision::ImplicitDeny) => {
            Err(Refused { action, resource, decision })
        }
    }
}

impl Delivery<'_> {
    /// What conditions see of every call of a delivery.
    pub fn context(&self) -> Context {
        let context = Context::new()
            .with_principal(&CLOUDTRAIL)
            .with("aws:SourceArn", self.trail_arn)
            .with("aws:SourceAccount", self.account.to_string())
            .with("aws:SecureTransport", true)
            .with("aws:ViaAWSService", false);
        match self.organization {
            Some(id) => context.with("aws:SourceOrgID", id),
            None => context,
        }
    }

    /// What conditions see when an object is put.
    pub fn put_context(&self) -> Context {
        let context = self.context().with("s3:x-amz-acl", "bucket-owner-full-control");
        match self.kms_key {
            Some(key) => context
                .with("s3:x-amz-server-side-encryption", "aws:kms")
                .with("s3:x-amz-server-side-encryption-aws-kms-key-id", key),
            None => context.with("s3:x-amz-server-side-encryption", "AES256"),
        }
    }

    /// What conditions see when a data key is made for an object.
    pub fn key_context(&self) -> Context {
        let bucket = format!("arn:{}:s3:::{}/", self.partition(), self.bucket);
        self.context()
            .with("kms:EncryptionContext:aws:cloudtrail:arn", self.trail_arn)
            .with("kms:EncryptionContext:aws:s3:arn", bucket)
            .with_all("kms:EncryptionContextKeys", ["aws:cloudtrail:arn", "aws:s3:arn"])
    }

    fn partition(&self) -> &str {
        Arn::parse(self.trail_arn).map_or("aws", |arn| arn.partition)
    }
}

#[cfg(test)]
mod tests;
