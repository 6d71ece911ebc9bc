//! The bucket: its name, that it is there, and that its policy lets CloudTrail write.

use cairn_ports::{Abilities, BucketInfo, Buckets, PortError, PortErrorKind};
use cairn_store::TrailSettings;

use super::{Subject, policy};
use crate::refusal::{Refusal, Why};

/// Characters of a prefix.
const PREFIX: usize = 200;
/// Characters that S3 advises against in keys.
const FORBIDDEN: &str = "\\{}^%`[]\"<>~#|";

/// What was found out about a bucket that a trail may use.
pub(crate) struct Bucket {
    pub(super) name: String,
    /// Unknown where the store does not tell.
    pub(super) region: Option<String>,
    pub(super) abilities: Abilities,
}

pub(super) async fn check(
    buckets: &dyn Buckets,
    subject: Subject<'_>,
    settings: &TrailSettings,
) -> Result<Bucket, Refusal> {
    let name = &*settings.bucket;
    let delivery = subject.delivery(settings);
    let lets_write = |text: &str| policy::lets_write(text, &delivery);
    let info = usable(buckets, name, settings.prefix.as_deref(), lets_write).await?;
    // What the store cannot be asked is taken not to be there: it costs a look before each put.
    let abilities = buckets.abilities(name).await.unwrap_or_default();
    Ok(Bucket { name: name.to_owned(), region: info.map(|info| info.region), abilities })
}

/// Looks at a bucket that something is to be delivered to; `lets_write` judges its policy's text.
pub(crate) async fn usable(
    buckets: &dyn Buckets,
    name: &str,
    prefix: Option<&str>,
    lets_write: impl Fn(&str) -> bool,
) -> Result<Option<BucketInfo>, Refusal> {
    if !is_bucket_name(name) {
        let text = format!("The S3 bucket name {name:.256} is not valid.");
        return Err(Refusal::new(Why::InvalidS3BucketName, text));
    }
    check_prefix(prefix)?;
    let info = info(buckets, name).await?;
    if info.as_ref().is_some_and(|info| info.requester_pays) {
        return Err(incorrect_policy(name));
    }
    check_policy(buckets, name, lets_write).await?;
    Ok(info)
}

/// `None` for a bucket of somebody else, about which only its policy tells.
async fn info(buckets: &dyn Buckets, name: &str) -> Result<Option<BucketInfo>, Refusal> {
    match buckets.bucket(name).await {
        Ok(info) => Ok(Some(info)),
        Err(error) => match error.kind {
            PortErrorKind::Denied => Ok(None),
            _ => Err(failed(name, &error)),
        },
    }
}

async fn check_policy(
    buckets: &dyn Buckets,
    name: &str,
    lets_write: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let text = match buckets.policy(name).await {
        Ok(text) => text,
        Err(error) => match (error.kind, &*error.code) {
            (PortErrorKind::Missing, "NoSuchBucketPolicy") => None,
            (PortErrorKind::Denied, _) => {
                // Whether the store lets CloudTrail write shows with the first delivery.
                tracing::warn!(bucket = name, %error, "the bucket's policy cannot be read");
                return Ok(());
            }
            _ => return Err(failed(name, &error)),
        },
    };
    if text.is_some_and(|text| lets_write(&text)) { Ok(()) } else { Err(incorrect_policy(name)) }
}

fn failed(name: &str, error: &PortError) -> Refusal {
    match error.kind {
        PortErrorKind::Missing => {
            Refusal::new(Why::S3BucketDoesNotExist, format!("S3 bucket {name} does not exist!"))
        }
        PortErrorKind::Invalid => {
            let text = format!("The S3 bucket name {name} is not valid.");
            Refusal::new(Why::InvalidS3BucketName, text)
        }
        PortErrorKind::Denied => incorrect_policy(name),
        PortErrorKind::Exists | PortErrorKind::Conflict | PortErrorKind::Unavailable => {
            Refusal::new(
                Why::Unavailable,
                format!("failed to ask about the bucket {name}: {error}"),
            )
        }
    }
}

fn incorrect_policy(name: &str) -> Refusal {
    let text = format!("Incorrect S3 bucket policy is detected for bucket: {name}");
    Refusal::new(Why::InsufficientS3BucketPolicy, text)
}

/// S3's rules, with those for the buckets of old that may still be used.
fn is_bucket_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    (3..=255).contains(&bytes.len())
        && bytes.iter().all(|byte| legal(*byte))
        && ends(bytes.first())
        && ends(bytes.last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

fn check_prefix(prefix: Option<&str>) -> Result<(), Refusal> {
    let Some(prefix) = prefix else { return Ok(()) };
    let length = prefix.chars().count();
    if length > PREFIX {
        let text = format!(
            "S3 prefix is too long. Maximum allowed length: {PREFIX} characters. \
             Specified prefix length: {length} characters."
        );
        return Err(Refusal::new(Why::InvalidS3Prefix, text));
    }
    if prefix.chars().any(|char| char.is_control() || FORBIDDEN.contains(char)) {
        let text = format!("The S3 prefix {prefix:?} contains characters that are not allowed.");
        return Err(Refusal::new(Why::InvalidS3Prefix, text));
    }
    Ok(())
}
