//! The digest: AWS's own document about the log files of one period, byte for byte.

#[cfg(test)]
mod tests;

use cairn_core::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::gzip::Deflater;
use crate::hash::Sha256;
use crate::key::{DigestKeyPair, KeyError};

/// How the signature of a digest is made, as AWS names it.
pub(crate) const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";
pub(crate) const SIGNATURE: &str = "signature";
pub(crate) const SIGNED_WITH: &str = "signature-algorithm";
pub(crate) const GENERATED: &str = "backfill-generation-timestamp";
const HASH_ALGORITHM: &str = "SHA-256";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    #[error("it is no digest: {0}")]
    Shape(String),
    #[error("its {member} is '{found}'")]
    Value { member: &'static str, found: String },
}

/// What happened in one period of one trail, account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    pub account: AccountId,
    pub start: Timestamp,
    pub end: Timestamp,
    pub bucket: String,
    pub object: String,
    /// Of the public key that the digest is to be verified with.
    pub fingerprint: String,
    /// Over all log files; none where there are none.
    pub newest: Option<Timestamp>,
    pub oldest: Option<Timestamp>,
    /// None in the first digest of a chain.
    pub previous: Option<Previous>,
    pub files: Vec<DigestFile>,
}

/// The digest before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Previous {
    pub bucket: String,
    pub object: String,
    /// Of its JSON.
    pub sha256: Sha256,
    /// Hex.
    pub signature: String,
}

/// A log file, as a digest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestFile {
    pub bucket: String,
    pub object: String,
    /// Of its text.
    pub sha256: Sha256,
    pub newest: Option<Timestamp>,
    pub oldest: Option<Timestamp>,
}

/// A digest that is ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDigest {
    /// What is stored.
    pub gzip: Vec<u8>,
    /// Of the JSON.
    pub sha256: Sha256,
    /// Of what is stored.
    pub gzip_sha256: Sha256,
    /// Hex; goes into the object's metadata and into the next digest.
    pub signature: String,
}

impl SealedDigest {
    /// The object's metadata: names behind `x-amz-meta-`, and values. `generated` is when a
    /// backfill digest was made.
    pub fn metadata(&self, generated: Option<Timestamp>) -> Vec<(&'static str, String)> {
        let mut metadata = vec![
            (SIGNATURE, self.signature.clone()),
            (SIGNED_WITH, SIGNATURE_ALGORITHM.to_owned()),
        ];
        metadata.extend(generated.map(|time| (GENERATED, generated_text(time))));
        metadata
    }
}

impl Digest {
    /// The names of the object's metadata, behind `x-amz-meta-`.
    pub const METADATA: [&str; 3] = [SIGNATURE, SIGNED_WITH, GENERATED];

    /// Compact JSON, its members in AWS's order.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&Document::of(self)).expect("texts and nulls are always JSON")
    }

    /// Reads what [`Digest::to_json`] writes, and what AWS writes.
    pub fn parse(json: &[u8]) -> Result<Self, DigestError> {
        let document: Document =
            serde_json::from_slice(json).map_err(|error| DigestError::Shape(error.to_string()))?;
        document.read()
    }

    /// What is signed; `sha256` is that of the JSON as it stands in the bucket.
    pub fn string_to_sign(&self, sha256: &Sha256) -> String {
        let Self { end, bucket, object, .. } = self;
        let previous = self.previous.as_ref().map_or("null", |previous| &previous.signature);
        format!("{end}\n{bucket}/{object}\n{sha256}\n{previous}")
    }

    pub fn seal(
        &self,
        key: &DigestKeyPair,
        deflater: &mut Deflater,
    ) -> Result<SealedDigest, KeyError> {
        let json = self.to_json();
        let sha256 = Sha256::of(&json);
        let signature = key.sign(self.string_to_sign(&sha256).as_bytes())?;
        let gzip = deflater.gzip(&json);
        Ok(SealedDigest { gzip_sha256: Sha256::of(&gzip), gzip, sha256, signature })
    }
}

/// `YYYY-MM-DDThh:mm:ss.000Z`, unlike every other time in a digest.
pub(crate) fn generated_text(time: Timestamp) -> String {
    let text = time.to_string();
    format!("{}.000Z", &text[..text.len() - 1])
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    aws_account_id: String,
    digest_start_time: String,
    digest_end_time: String,
    digest_s3_bucket: String,
    digest_s3_object: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
    previous_digest_s3_bucket: Option<String>,
    previous_digest_s3_object: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    previous_digest_signature: Option<String>,
    log_files: Vec<DocumentFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentFile {
    s3_bucket: String,
    s3_object: String,
    hash_value: String,
    hash_algorithm: String,
    newest_event_time: Option<String>,
    oldest_event_time: Option<String>,
}

impl Document {
    fn of(digest: &Digest) -> Self {
        let text = |time: &Option<Timestamp>| time.map(|time| time.to_string());
        let file = |file: &DigestFile| DocumentFile {
            s3_bucket: file.bucket.clone(),
            s3_object: file.object.clone(),
            hash_value: file.sha256.to_string(),
            hash_algorithm: HASH_ALGORITHM.to_owned(),
            newest_event_time: text(&file.newest),
            oldest_event_time: text(&file.oldest),
        };
        let previous = digest.previous.as_ref();
        Self {
            aws_account_id: digest.account.to_string(),
            digest_start_time: digest.start.to_string(),
            digest_end_time: digest.end.to_string(),
            digest_s3_bucket: digest.bucket.clone(),
            digest_s3_object: digest.object.clone(),
            digest_public_key_fingerprint: digest.fingerprint.clone(),
            digest_signature_algorithm: SIGNATURE_ALGORITHM.to_owned(),
            newest_event_time: text(&digest.newest),
            oldest_event_time: text(&digest.oldest),
            previous_digest_s3_bucket: previous.map(|previous| previous.bucket.clone()),
            previous_digest_s3_object: previous.map(|previous| previous.object.clone()),
            previous_digest_hash_value: previous.map(|previous| previous.sha256.to_string()),
            previous_digest_hash_algorithm: previous.map(|_| HASH_ALGORITHM.to_owned()),
            previous_digest_signature: previous.map(|previous| previous.signature.clone()),
            log_files: digest.files.iter().map(file).collect(),
        }
    }

    fn read(self) -> Result<Digest, DigestError> {
        let account = self.aws_account_id.parse();
        let account = account.map_err(|_| wrong("awsAccountId", &self.aws_account_id))?;
        expect("digestSignatureAlgorithm", &self.digest_signature_algorithm, SIGNATURE_ALGORITHM)?;
        let previous = self.previous()?;
        Ok(Digest {
            account,
            start: time("digestStartTime", &self.digest_start_time)?,
            end: time("digestEndTime", &self.digest_end_time)?,
            bucket: self.digest_s3_bucket,
            object: self.digest_s3_object,
            fingerprint: self.digest_public_key_fingerprint,
            newest: optional("newestEventTime", self.newest_event_time)?,
            oldest: optional("oldestEventTime", self.oldest_event_time)?,
            previous,
            files: self.log_files.into_iter().map(DocumentFile::read).collect::<Result<_, _>>()?,
        })
    }

    fn previous(&self) -> Result<Option<Previous>, DigestError> {
        let all = (
            &self.previous_digest_s3_bucket,
            &self.previous_digest_s3_object,
            &self.previous_digest_hash_value,
            &self.previous_digest_signature,
        );
        match all {
            (None, None, None, None) => Ok(None),
            (Some(bucket), Some(object), Some(hash), Some(signature)) => {
                let algorithm = self.previous_digest_hash_algorithm.as_deref();
                let name = "previousDigestHashAlgorithm";
                expect(name, algorithm.unwrap_or_default(), HASH_ALGORITHM)?;
                Ok(Some(Previous {
                    bucket: bucket.clone(),
                    object: object.clone(),
                    sha256: sha256("previousDigestHashValue", hash)?,
                    signature: signature.clone(),
                }))
            }
            _ => Err(DigestError::Shape("only a part of previousDigest* is null".to_owned())),
        }
    }
}

impl DocumentFile {
    fn read(self) -> Result<DigestFile, DigestError> {
        expect("hashAlgorithm", &self.hash_algorithm, HASH_ALGORITHM)?;
        Ok(DigestFile {
            bucket: self.s3_bucket,
            object: self.s3_object,
            sha256: sha256("hashValue", &self.hash_value)?,
            newest: optional("newestEventTime", self.newest_event_time)?,
            oldest: optional("oldestEventTime", self.oldest_event_time)?,
        })
    }
}

fn wrong(member: &'static str, found: &str) -> DigestError {
    DigestError::Value { member, found: found.to_owned() }
}

fn expect(member: &'static str, found: &str, expected: &str) -> Result<(), DigestError> {
    if found == expected { Ok(()) } else { Err(wrong(member, found)) }
}

/// Only the spelling that AWS uses: the text is part of what is signed.
fn time(member: &'static str, text: &str) -> Result<Timestamp, DigestError> {
    let time = Timestamp::parse(text).filter(|time| time.to_string() == text);
    time.ok_or_else(|| wrong(member, text))
}

fn optional(member: &'static str, text: Option<String>) -> Result<Option<Timestamp>, DigestError> {
    text.map(|text| time(member, &text)).transpose()
}

fn sha256(member: &'static str, text: &str) -> Result<Sha256, DigestError> {
    Sha256::parse(text).ok_or_else(|| wrong(member, text))
}
