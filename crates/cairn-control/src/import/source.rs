//! Where log files are to be read: its URI, its bucket, and the role that reads it.

use cairn_api::shapes::S3ImportSource;
use cairn_core::Arn;
use cairn_ports::{Buckets, PortErrorKind};
use cairn_store::ImportOrigin;

use crate::refusal::{Refusal, Why};

/// Characters of a key.
const KEY: usize = 1024;

/// Takes the source apart, without asking anybody.
pub(super) fn parse(given: &S3ImportSource) -> Result<ImportOrigin, Refusal> {
    let uri = &given.s3_location_uri;
    let (bucket, prefix) = place(uri).ok_or_else(|| {
        invalid(format!(
            "{uri:.256} is not a valid S3 URI. The following is the format of an S3 URI: \
             s3://amzn-s3-demo-bucket/AWSLogs/123456789012/CloudTrail/"
        ))
    })?;
    let role = &given.s3_bucket_access_role_arn;
    let is_role = |arn: &Arn<'_>| {
        arn.service == "iam" && arn.account_id().is_some() && arn.resource.starts_with("role/")
    };
    if !Arn::parse(role).is_some_and(|arn| is_role(&arn)) {
        return Err(invalid(format!("{role:.256} is not a valid ARN of an IAM role.")));
    }
    Ok(ImportOrigin {
        uri: uri.clone(),
        bucket,
        prefix,
        region: given.s3_bucket_region.clone(),
        role: role.clone(),
    })
}

/// The bucket, and what keys begin with: nothing, or a folder.
fn place(uri: &str) -> Option<(String, String)> {
    let rest = uri.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let is_bucket = (3..=255).contains(&bucket.len()) && bucket.bytes().all(legal);
    if !is_bucket || prefix.len() > KEY || prefix.starts_with('/') {
        return None;
    }
    let mut prefix = prefix.to_owned();
    if !prefix.is_empty() && !prefix.ends_with('/') {
        prefix.push('/');
    }
    Some((bucket.to_owned(), prefix))
}

/// Whether the bucket is there, and where it is said to be. Whether it may be read shows when it
/// is.
pub(super) async fn check(buckets: &dyn Buckets, source: &ImportOrigin) -> Result<(), Refusal> {
    let (bucket, region) = (&source.bucket, &source.region);
    let info = match buckets.bucket(bucket).await {
        Ok(info) => info,
        // Somebody else's: its policy decides.
        Err(error) if error.kind == PortErrorKind::Denied => return Ok(()),
        Err(error) => {
            return Err(match error.kind {
                PortErrorKind::Missing => invalid(format!("S3 bucket {bucket} does not exist!")),
                PortErrorKind::Unavailable | PortErrorKind::Conflict => Refusal::new(
                    Why::Unavailable,
                    format!("failed to ask about the bucket {bucket}: {error}"),
                ),
                _ => invalid(format!("The S3 bucket name {bucket} is not valid.")),
            });
        }
    };
    if info.region != *region {
        let there = info.region;
        return Err(invalid(format!(
            "The S3 bucket {bucket} is in the Region {there}, not in {region:.64}."
        )));
    }
    Ok(())
}

fn invalid(text: String) -> Refusal {
    Refusal::new(Why::InvalidImportSource, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_names_a_bucket_and_a_folder() {
        let place = |uri| place(uri).map(|(bucket, prefix)| format!("{bucket} {prefix}"));
        assert_eq!(place("s3://audit").as_deref(), Some("audit "));
        assert_eq!(place("s3://audit/").as_deref(), Some("audit "));
        assert_eq!(place("s3://audit/a/b").as_deref(), Some("audit a/b/"));
        assert_eq!(place("s3://audit/a/b/").as_deref(), Some("audit a/b/"));
        for broken in ["", "audit", "s3://", "s3:///a", "s3://au", "s3://a b/c", "s3://audit//a"] {
            assert_eq!(place(broken), None, "{broken}");
        }
    }
}
