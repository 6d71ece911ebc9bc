//! One digest: what it says that there is, and whether it may be believed.

use cairn_proof::{Digest, DigestKey, GzipForm, KeyWindow, Sha256, gunzip, verify_signature};
use cairn_store::import::{DigestState, Fault, ImportDigest, ListedFile, PreviousDigest};

use super::fault::{INVALID_DIGEST, TAMPERED_DIGEST, fault};
use super::scope::{Found, Scope};

/// A digest as it is stored.
pub(super) const STORED_BYTES: u64 = 16 * 1024 * 1024;
/// A digest's text: a hundred thousand log files.
const TEXT_BYTES: usize = 64 * 1024 * 1024;
/// The name of the metadata that has the signature.
const SIGNATURE: &str = "signature";

/// Log files with their folders.
pub(super) type Named = Vec<(String, ListedFile)>;

/// A digest as it was found.
pub(super) struct Stored<'a> {
    pub(super) location: String,
    pub(super) name: &'a str,
    pub(super) key: &'a DigestKey,
    pub(super) bytes: &'a [u8],
    /// The object's own; copies may have lost it.
    pub(super) metadata: &'a [(String, String)],
}

/// Reads a digest; `keys` are those that are known. The files that it names are those that the
/// scope asks for.
pub(super) fn read(
    stored: &Stored<'_>,
    keys: &[KeyWindow],
    scope: &Scope,
) -> Result<(ImportDigest, Named), Fault> {
    let invalid = |why: String| fault(stored.location.clone(), INVALID_DIGEST, why);
    let text = gunzip(stored.bytes, TEXT_BYTES, GzipForm::Any);
    let text = text.map_err(|error| invalid(error.to_string()))?;
    let digest = Digest::parse(&text).map_err(|error| invalid(error.to_string()))?;
    let moved = moved(stored, &digest)?;
    let sha256 = Sha256::of(&text);
    let signature = stored.metadata.iter().find(|(name, _)| name == SIGNATURE);
    let signature = signature.map(|(_, value)| value.clone());
    let state = state(stored, &digest, &sha256, signature.as_deref(), keys)?;
    let here = |key: &str| format!("{moved}{key}");
    let named = digest.files.iter().filter(|file| file.bucket == digest.bucket);
    let listed = named.filter_map(|file| {
        let key = here(&file.object);
        let Found::Log { folder, .. } = scope.find(&key) else { return None };
        let (folder, sha256) = (folder.to_owned(), *file.sha256.as_bytes());
        Some((folder, ListedFile { key, sha256, signed: state == DigestState::Signed }))
    });
    let listed = listed.collect();
    let previous = digest.previous.as_ref().map(|previous| PreviousDigest {
        key: here(&previous.object),
        here: previous.bucket == digest.bucket,
        sha256: *previous.sha256.as_bytes(),
        signature: previous.signature.clone(),
    });
    let read = ImportDigest {
        key: stored.name.to_owned(),
        state,
        period: Some((digest.start, digest.end)),
        sha256: Some(*sha256.as_bytes()),
        signature,
        previous,
    };
    Ok((read, listed))
}

/// What stands before its own key, for a bucket that was copied into a folder. The bucket's name is
/// part of what is signed and may be another: a copy proves as much as the original.
fn moved<'a>(stored: &Stored<'a>, digest: &Digest) -> Result<&'a str, Fault> {
    let before = stored.name.strip_suffix(&digest.object);
    let before = before.filter(|before| before.is_empty() || before.ends_with('/'));
    let own = digest.account == stored.key.place.account && digest.end == stored.key.end;
    match before {
        Some(before) if own => Ok(before),
        _ => {
            let text = format!("it was written as s3://{}/{}", digest.bucket, digest.object);
            Err(fault(stored.location.clone(), TAMPERED_DIGEST, text))
        }
    }
}

fn state(
    stored: &Stored<'_>,
    digest: &Digest,
    sha256: &Sha256,
    signature: Option<&str>,
    keys: &[KeyWindow],
) -> Result<DigestState, Fault> {
    let known = keys.iter().find(|key| key.fingerprint() == digest.fingerprint);
    let (Some(key), Some(signature)) = (known, signature) else {
        return Ok(DigestState::Unsigned);
    };
    let text = digest.string_to_sign(sha256);
    if verify_signature(&key.public, text.as_bytes(), signature) {
        return Ok(DigestState::Signed);
    }
    let text = format!("its signature is not one of the key {}", digest.fingerprint);
    Err(fault(stored.location.clone(), TAMPERED_DIGEST, text))
}
