//! One record, from its bytes to a pinned key, with nothing but three files.

use cairn_core::Timestamp;

use super::fault::{Fault, Verdict};
use crate::digest::Digest;
use crate::gzip::{GzipError, GzipForm, gunzip};
use crate::hash::Sha256;
use crate::key::verify_signature;
use crate::note::VerifierKey;
use crate::proof::{Proof, ProofError};
use crate::scan::records;

/// What was proven about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventProven {
    /// The record as it stands in the log file.
    pub record: Vec<u8>,
    /// Where in the file's text it begins.
    pub offset: u64,
    pub bucket: String,
    pub object: String,
    pub trail: String,
    /// The digest's, which names the log file.
    pub digest: String,
    /// The period in which the file was delivered.
    pub start: Timestamp,
    pub end: Timestamp,
    /// The names of the root keys that vouch for all of it.
    pub vouched_by: Vec<String>,
}

/// Why nothing was proven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    #[error("the proof: {0}")]
    Proof(#[from] ProofError),
    #[error("the log file: {0}")]
    Gzip(#[source] GzipError),
    #[error("the proof names no log file with these bytes")]
    NotNamed,
    #[error("the log file has no record with the eventID '{id}'")]
    NoRecord { id: String },
    #[error("the log file is not a list of records")]
    NotRecords,
    #[error("the log file has {found} records, but {stated} were delivered")]
    Records { stated: u64, found: u64 },
    #[error("the digest: {0}")]
    Digest(String),
    #[error("the key {fingerprint} was not in use at {at}")]
    KeyWindow { fingerprint: String, at: Timestamp },
}

impl EventError {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NoRecord { .. } => Verdict::Incomplete,
            _ => Verdict::Tampered,
        }
    }
}

/// Proves that the record with this id was delivered. `file` and `digest` are bytes as stored; the
/// digest may be left out, because the proof has all that it says.
pub fn verify_event(
    file: &[u8],
    id: &str,
    proof: &[u8],
    digest: Option<&[u8]>,
    keys: &[VerifierKey],
) -> Result<EventProven, EventError> {
    let vouches = |key: &&VerifierKey| Proof::open(proof, std::slice::from_ref(key)).is_ok();
    let vouched_by = keys.iter().filter(vouches).map(|key| key.name().to_owned()).collect();
    let proof = Proof::open(proof, keys)?;
    let at = proof.generated.unwrap_or(proof.end);
    if !proof.key.covers(at) {
        return Err(EventError::KeyWindow { fingerprint: proof.key.fingerprint(), at });
    }
    let stored = Sha256::of(file);
    let named = proof.files.iter().find(|named| named.gzip_sha256 == stored);
    let named = named.ok_or(EventError::NotNamed)?;
    let text = gunzip(file, named.bytes as usize, GzipForm::Cairn).map_err(EventError::Gzip)?;
    if Sha256::of(&text) != named.sha256 {
        return Err(EventError::NotNamed);
    }
    if let Some(digest) = digest {
        check_digest(digest, &proof).map_err(|fault| EventError::Digest(fault.to_string()))?;
    }
    let mut found = None;
    let count = records(&text, |seen| {
        if found.is_none() && seen.id == Some(id.as_bytes()) {
            found = Some(seen.bytes);
        }
    });
    let count = count.map_err(|_| EventError::NotRecords)?;
    if count != named.records {
        return Err(EventError::Records { stated: named.records, found: count });
    }
    let record = found.ok_or_else(|| EventError::NoRecord { id: id.to_owned() })?;
    let offset = record.as_ptr() as usize - text.as_ptr() as usize;
    Ok(EventProven {
        record: record.to_vec(),
        offset: offset as u64,
        bucket: named.bucket.clone(),
        object: named.object.clone(),
        trail: proof.trail.clone(),
        digest: proof.digest_object.clone(),
        start: proof.start,
        end: proof.end,
        vouched_by,
    })
}

fn check_digest(bytes: &[u8], proof: &Proof) -> Result<(), Fault> {
    let json = gunzip(bytes, 64 * 1024 * 1024, GzipForm::Cairn).map_err(Fault::Gzip)?;
    let sha256 = Sha256::of(&json);
    if sha256 != proof.digest_sha256 {
        return Err(Fault::DigestDiffers { member: "its text" });
    }
    if Sha256::of(bytes) != proof.digest_gzip_sha256 {
        return Err(Fault::DigestBytes);
    }
    let digest = Digest::parse(&json).map_err(Fault::DigestShape)?;
    let text = digest.string_to_sign(&sha256);
    if !verify_signature(&proof.key.public, text.as_bytes(), &proof.digest_signature) {
        return Err(Fault::DigestSignature { fingerprint: digest.fingerprint });
    }
    Ok(())
}
