//! The JSON of a proof.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::{Seq, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Coverage, Ended, Ending, Head, Proof, ProofError, ProofFile, Started};
use crate::hash::Sha256;
use crate::key::{KeyWindow, fingerprint};

/// Members in the order in which they are written. Unknown ones are refused: within one format
/// there are none, and what nobody reads nobody should sign.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Document {
    trail: String,
    account: String,
    region: String,
    index: u64,
    previous: Option<Sha256>,
    chain: Option<String>,
    ends: Option<Ends>,
    start: String,
    end: String,
    generated: Option<String>,
    coverage: Option<Covers>,
    digest: DigestDocument,
    key: KeyDocument,
    files: Vec<FileDocument>,
    heads: Vec<HeadDocument>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    by: String,
    at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Covers {
    after: u64,
    through: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DigestDocument {
    bucket: String,
    key: String,
    sha256: Sha256,
    gzip_sha256: Sha256,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyDocument {
    fingerprint: String,
    public: String,
    region: String,
    not_before: String,
    not_after: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FileDocument {
    bucket: String,
    key: String,
    sha256: Sha256,
    gzip_sha256: Sha256,
    bytes: u64,
    gzip_bytes: u64,
    records: u64,
    oldest: String,
    newest: String,
    first: u64,
    last: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadDocument {
    account: String,
    region: String,
    index: u64,
    end: String,
    sha256: Sha256,
}

pub(super) fn write(proof: &Proof) -> String {
    let key = &proof.key;
    let document = Document {
        trail: proof.trail.clone(),
        account: proof.account.to_string(),
        region: proof.region.to_string(),
        index: proof.index,
        previous: proof.previous,
        chain: proof.started.map(|started| started.as_str().to_owned()),
        ends: proof
            .ended
            .map(|ended| Ends { by: ended.by.as_str().to_owned(), at: ended.at.to_string() }),
        start: proof.start.to_string(),
        end: proof.end.to_string(),
        generated: proof.generated.map(|time| time.to_string()),
        coverage: proof
            .coverage
            .map(|covered| Covers { after: covered.after.0, through: covered.through.0 }),
        digest: DigestDocument {
            bucket: proof.digest_bucket.clone(),
            key: proof.digest_object.clone(),
            sha256: proof.digest_sha256,
            gzip_sha256: proof.digest_gzip_sha256,
            signature: proof.digest_signature.clone(),
        },
        key: KeyDocument {
            fingerprint: key.fingerprint(),
            public: STANDARD.encode(&key.public),
            region: key.region.to_string(),
            not_before: key.not_before.to_string(),
            not_after: key.not_after.to_string(),
        },
        files: proof.files.iter().map(file).collect(),
        heads: proof.heads.iter().map(head).collect(),
    };
    serde_json::to_string(&document).expect("texts and numbers are always JSON")
}

fn file(file: &ProofFile) -> FileDocument {
    FileDocument {
        bucket: file.bucket.clone(),
        key: file.object.clone(),
        sha256: file.sha256,
        gzip_sha256: file.gzip_sha256,
        bytes: file.bytes,
        gzip_bytes: file.gzip_bytes,
        records: file.records,
        oldest: file.oldest.to_string(),
        newest: file.newest.to_string(),
        first: file.first.0,
        last: file.last.0,
    }
}

fn head(head: &Head) -> HeadDocument {
    HeadDocument {
        account: head.account.to_string(),
        region: head.region.to_string(),
        index: head.index,
        end: head.end.to_string(),
        sha256: head.sha256,
    }
}

pub(super) fn read(json: &str) -> Result<Proof, ProofError> {
    let document: Document =
        serde_json::from_str(json).map_err(|error| ProofError::Shape(error.to_string()))?;
    let Document { digest, key, .. } = document;
    Ok(Proof {
        trail: document.trail,
        account: document.account.parse().map_err(|_| ProofError::Value("account"))?,
        region: document.region.parse().map_err(|_| ProofError::Value("region"))?,
        index: document.index,
        previous: document.previous,
        started: document
            .chain
            .map(|text| Started::parse(&text).ok_or(ProofError::Value("chain")))
            .transpose()?,
        ended: document.ends.map(Ends::read).transpose()?,
        start: time("start", &document.start)?,
        end: time("end", &document.end)?,
        generated: document.generated.map(|text| time("generated", &text)).transpose()?,
        coverage: document.coverage.map(Covers::read).transpose()?,
        digest_bucket: digest.bucket,
        digest_object: digest.key,
        digest_sha256: digest.sha256,
        digest_gzip_sha256: digest.gzip_sha256,
        digest_signature: digest.signature,
        key: key.read()?,
        files: document.files.into_iter().map(FileDocument::read).collect::<Result<_, _>>()?,
        heads: document.heads.into_iter().map(HeadDocument::read).collect::<Result<_, _>>()?,
    })
}

impl Ends {
    fn read(self) -> Result<Ended, ProofError> {
        let by = Ending::parse(&self.by).ok_or(ProofError::Value("ends"))?;
        Ok(Ended { by, at: time("ends", &self.at)? })
    }
}

impl Covers {
    fn read(self) -> Result<Coverage, ProofError> {
        if self.after > self.through {
            return Err(ProofError::Value("coverage"));
        }
        Ok(Coverage { after: Seq(self.after), through: Seq(self.through) })
    }
}

impl KeyDocument {
    fn read(self) -> Result<KeyWindow, ProofError> {
        let public = STANDARD.decode(&self.public).map_err(|_| ProofError::Value("public"))?;
        if self.fingerprint != fingerprint(&public) {
            return Err(ProofError::Value("fingerprint"));
        }
        Ok(KeyWindow {
            region: self.region.parse().map_err(|_| ProofError::Value("key.region"))?,
            public,
            not_before: time("notBefore", &self.not_before)?,
            not_after: time("notAfter", &self.not_after)?,
        })
    }
}

impl FileDocument {
    fn read(self) -> Result<ProofFile, ProofError> {
        if self.first > self.last || self.records > self.last - self.first + 1 {
            return Err(ProofError::Value("files"));
        }
        Ok(ProofFile {
            bucket: self.bucket,
            object: self.key,
            sha256: self.sha256,
            gzip_sha256: self.gzip_sha256,
            bytes: self.bytes,
            gzip_bytes: self.gzip_bytes,
            records: self.records,
            oldest: time("oldest", &self.oldest)?,
            newest: time("newest", &self.newest)?,
            first: Seq(self.first),
            last: Seq(self.last),
        })
    }
}

impl HeadDocument {
    fn read(self) -> Result<Head, ProofError> {
        Ok(Head {
            account: self.account.parse().map_err(|_| ProofError::Value("heads.account"))?,
            region: self.region.parse().map_err(|_| ProofError::Value("heads.region"))?,
            index: self.index,
            end: time("heads.end", &self.end)?,
            sha256: self.sha256,
        })
    }
}

fn time(member: &'static str, text: &str) -> Result<Timestamp, ProofError> {
    let time = Timestamp::parse(text).filter(|time| time.to_string() == text);
    time.ok_or(ProofError::Value(member))
}
