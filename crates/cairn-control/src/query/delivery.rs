//! Where a result is delivered to: the URI, and that CloudTrail may write there.

use cairn_core::AccountId;
use cairn_policy::check::Results;

use crate::Services;
use crate::refusal::{Refusal, Why};
use crate::trail::{lets_write_results, usable};

/// Checks the bucket and the prefix of `s3://BUCKET[/PREFIX]`. `store_arn` is the event data store
/// in whose name CloudTrail writes.
pub(super) async fn check(
    services: &Services,
    account: AccountId,
    store_arn: &str,
    uri: &str,
) -> Result<(), Refusal> {
    let (bucket, prefix) = parse(uri)?;
    let results = Results { store_arn, account, bucket, prefix };
    let lets_write = |text: &str| lets_write_results(text, &results);
    usable(&*services.ports.buckets, bucket, prefix, lets_write).await.map(drop)
}

/// The bucket, and the prefix without a slash at its end.
fn parse(uri: &str) -> Result<(&str, Option<&str>), Refusal> {
    let rest = uri.strip_prefix("s3://").ok_or_else(|| {
        let text = format!("The S3 URI {uri:.256} is not valid.");
        Refusal::new(Why::InvalidS3BucketName, text)
    })?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = prefix.trim_end_matches('/');
    Ok((bucket, (!prefix.is_empty()).then_some(prefix)))
}
