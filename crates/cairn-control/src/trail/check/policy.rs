//! Whether a resource's policy lets CloudTrail do its work.

use cairn_core::AccountId;
use serde_json::Value;

/// Read the bucket's ACL, and write under the account's folder.
pub(super) fn cloudtrail_bucket(
    policy: &str,
    bucket: &str,
    prefix: Option<&str>,
    account: AccountId,
    _trail_arn: &str,
) -> bool {
    let folder = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
    let arn = format!("arn:aws:s3:::{bucket}");
    let key = format!("{arn}/{folder}AWSLogs/{account}/CloudTrail/file");
    allows(policy, "s3:GetBucketAcl", &arn) && allows(policy, "s3:PutObject", &key)
}

/// Publish to the topic.
pub(super) fn cloudtrail_topic(
    policy: &str,
    topic_arn: &str,
    _account: AccountId,
    _trail_arn: &str,
) -> bool {
    allows(policy, "SNS:Publish", topic_arn)
}

fn allows(policy: &str, action: &str, resource: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return false };
    let list = |value: &Value| match value {
        Value::Array(elements) => elements.clone(),
        other => vec![other.clone()],
    };
    list(&policy["Statement"]).iter().any(|statement| {
        let service = list(&statement["Principal"]["Service"]);
        statement["Effect"] == "Allow"
            && service.contains(&"cloudtrail.amazonaws.com".into())
            && list(&statement["Action"]).iter().any(|found| is_like(found, action))
            && list(&statement["Resource"]).iter().any(|found| is_like(found, resource))
    })
}

fn is_like(pattern: &Value, text: &str) -> bool {
    let pattern = pattern.as_str().unwrap_or_default().to_lowercase();
    let text = text.to_lowercase();
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, _)) => text.starts_with(start),
    }
}
