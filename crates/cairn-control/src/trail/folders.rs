//! The empty objects that make a new trail's folders show in a bucket. Readers skip them.

use bytes::Bytes;
use cairn_api::shapes::CreateTrailResponse;
use cairn_core::AccountId;
use cairn_ports::{Actor, Buckets, Condition, Encryption, Put};

/// SHA-256 of nothing.
const EMPTY: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

/// Makes what is not there. A store that refuses is no reason to tell anyone.
pub(crate) async fn make(buckets: &dyn Buckets, account: AccountId, trail: &CreateTrailResponse) {
    let (Some(bucket), Some(arn)) = (&trail.s3_bucket_name, &trail.trail_arn) else { return };
    let actor = Actor::trail(arn, account);
    let prefix = trail.s3_key_prefix.as_ref().map(|prefix| format!("{prefix}/"));
    let root = format!("{}AWSLogs/{account}/", prefix.unwrap_or_default());
    let digests = trail.log_file_validation_enabled == Some(true);
    let folders = ["", "CloudTrail/", "CloudTrail-Digest/"];
    for folder in &folders[..if digests { 3 } else { 2 }] {
        let key = format!("{root}{folder}");
        let put = Put {
            actor: &actor,
            bucket,
            key: &key,
            bytes: Bytes::new(),
            content_type: "application/octet-stream",
            content_encoding: None,
            metadata: &[],
            acl: Some("bucket-owner-full-control"),
            encryption: Encryption::Bucket,
            condition: Condition::Absent,
            sha256: EMPTY,
        };
        if let Err(error) = buckets.put(put).await {
            tracing::debug!(bucket, key, %error, "a folder was not made");
        }
    }
}
