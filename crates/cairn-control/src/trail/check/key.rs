//! The key: that it is there, can be used, and lets CloudTrail make data keys.

use cairn_core::Arn;
use cairn_ports::{Actor, EncryptionContext, KeyInfo, KeyState, Keys, PortError, PortErrorKind};
use cairn_store::TrailSettings;

use super::Subject;
use super::bucket::Bucket;
use crate::refusal::{Refusal, Why};

/// Characters of a key's id, alias or ARN.
const ID: usize = 2048;

/// The key, for a trail that has one, by whatever it is called.
pub(super) async fn find(
    keys: &dyn Keys,
    subject: Subject<'_>,
    settings: &TrailSettings,
) -> Result<Option<KeyInfo>, Refusal> {
    let Some(id) = settings.kms_key_arn.as_deref() else { return Ok(None) };
    check_id(id)?;
    let key = keys.describe(subject.account, subject.home_region.as_str(), id).await;
    key.map(Some).map_err(|error| refused_for(&error, &settings.bucket, id))
}

pub(super) async fn check(
    keys: &dyn Keys,
    subject: Subject<'_>,
    key: &KeyInfo,
    bucket: &Bucket,
) -> Result<(), Refusal> {
    check_usable(key, bucket)?;
    let actor = Actor::trail(subject.arn, subject.account);
    let context: EncryptionContext =
        [("aws:cloudtrail:arn".to_owned(), subject.arn.to_owned())].into();
    let probe = keys.generate_data_key(&actor, &key.arn, &context).await;
    probe.map(drop).map_err(|error| refused_for(&error, &bucket.name, &key.arn))
}

fn check_usable(key: &KeyInfo, bucket: &Bucket) -> Result<(), Refusal> {
    check_symmetric(key)?;
    match &bucket.region {
        Some(region) if *region != key.region => {
            let text = format!(
                "The KMS key {} and the S3 bucket are not in the same Region: the bucket is in \
                 {region}.",
                key.arn
            );
            return Err(Refusal::new(Why::KmsKeyNotFound, text));
        }
        _ => {}
    }
    check_enabled(key)
}

fn check_symmetric(key: &KeyInfo) -> Result<(), Refusal> {
    if key.symmetric {
        return Ok(());
    }
    let text = format!("The KMS key {} is not a symmetric encryption key.", key.arn);
    Err(Refusal::new(Why::KmsKeyNotFound, text))
}

fn check_enabled(key: &KeyInfo) -> Result<(), Refusal> {
    let state = match key.state {
        KeyState::Enabled => return Ok(()),
        KeyState::Disabled => "disabled",
        KeyState::PendingDeletion => "pending deletion",
    };
    Err(Refusal::new(Why::Kms, format!("The KMS key {} is {state}.", key.arn)))
}

/// Whether the key is one to encrypt with, and can be used.
pub(crate) fn check_state(key: &KeyInfo) -> Result<(), Refusal> {
    check_symmetric(key)?;
    check_enabled(key)
}

/// Whether a text can name a key.
pub(crate) fn check_id(id: &str) -> Result<(), Refusal> {
    if is_key(id) {
        return Ok(());
    }
    Err(Refusal::new(Why::InvalidKmsKeyId, format!("The KMS key ID {id:.256} is not valid.")))
}

/// What the service of keys says no to; `denied` words that its policy does.
pub(crate) fn refused(error: &PortError, key: &str, denied: impl FnOnce() -> Refusal) -> Refusal {
    match error.kind {
        PortErrorKind::Missing => {
            let text = format!("The KMS key {key:.256} does not exist.");
            Refusal::new(Why::KmsKeyNotFound, text)
        }
        PortErrorKind::Denied => denied(),
        PortErrorKind::Invalid => {
            Refusal::new(Why::InvalidKmsKeyId, format!("The KMS key ID {key:.256} is not valid."))
        }
        PortErrorKind::Exists | PortErrorKind::Conflict | PortErrorKind::Unavailable => {
            let text = format!("failed to ask about the key {key:.256}: {error}");
            Refusal::new(Why::Unavailable, text)
        }
    }
}

fn refused_for(error: &PortError, bucket: &str, key: &str) -> Refusal {
    refused(error, key, || {
        let text =
            format!("Insufficient permissions to access S3 bucket {bucket} or KMS key {key}.");
        Refusal::new(Why::InsufficientEncryptionPolicy, text)
    })
}

/// A key id, a key's ARN, an alias, or an alias's ARN.
fn is_key(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
    if id.is_empty() || id.len() > ID {
        return false;
    }
    let (name, by_arn) = match Arn::parse(id) {
        Some(arn) if arn.service != "kms" || arn.account_id().is_none() => return false,
        Some(arn) => (arn.resource, true),
        None => (id, false),
    };
    let local = match (name.strip_prefix("alias/"), name.strip_prefix("key/")) {
        (Some(alias), _) => alias,
        (None, Some(key)) if by_arn => key,
        (None, None) if !by_arn => name,
        _ => return false,
    };
    !local.is_empty() && local.bytes().all(legal)
}
