//! One attempt at one object.

use std::sync::Arc;

use bytes::Bytes;
use cairn_ports::{
    Actor, Condition, Encryption, EncryptionContext, PortError, PortErrorKind, Put, Stored,
};
use cairn_proof::{GzipForm, Key, Sha256, gunzip};
use cairn_store::PlanDocument;
use cairn_store::delivery::LogFile;
use cairn_store::digest::{self, StoredDigest};

use super::Done;
use crate::TrailError;
use crate::redeliver::rebuild;
use crate::shared::{Named, Shared, name_time};

const ACL: &str = "bucket-owner-full-control";
const JSON: &str = "application/json";
const GZIP: &str = "gzip";
/// Text of a log file, with room for one record that is larger than a file may be.
const MOST_TEXT: usize = 128 * 1024 * 1024;
/// Keys that are tried for one file.
const KEYS: u32 = 64;

#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) shared: Arc<Shared>,
}

/// An object that is on its way.
struct Parcel<'a> {
    bucket: &'a str,
    key: &'a str,
    bytes: Bytes,
    encoding: Option<&'a str>,
    metadata: &'a [(String, String)],
    /// Of the text of a log file.
    text: Option<[u8; 32]>,
}

impl Parcel<'_> {
    /// Whether an object holds the same log file, compressed by another version of Cairn.
    fn is_text_of(&self, bytes: &[u8]) -> bool {
        let text = gunzip(bytes, MOST_TEXT, GzipForm::Cairn);
        self.text
            .is_some_and(|sha256| text.is_ok_and(|text| *Sha256::of(&text).as_bytes() == sha256))
    }
}

impl Attempt {
    pub(super) async fn file(
        &self,
        document: &PlanDocument,
        file: &LogFile,
    ) -> Result<Done, TrailError> {
        let bytes = self.bytes(file).await?;
        // A trail that got another bucket takes along what the old one did not want.
        let elsewhere = file.bucket != document.bucket;
        let parcel = Parcel {
            bucket: &file.bucket,
            key: &file.key,
            bytes,
            encoding: Some(GZIP),
            metadata: &[],
            text: Some(file.sha256),
        };
        let done = self.put(document, &parcel).await;
        match done {
            Done::Failed(error) if elsewhere && is_refusal(&error) => {
                Ok(self.left_behind(document, &parcel).await)
            }
            done => Ok(done),
        }
    }

    /// Of a bucket that the trail has left and that refuses a file: it may have taken it in an
    /// earlier attempt that was not heard of. Who may not look cannot know, and a file that is
    /// there twice is better than none.
    async fn left_behind(&self, document: &PlanDocument, parcel: &Parcel<'_>) -> Done {
        let Ok(account) = document.account_id() else { return Done::Taken };
        let actor = Actor::trail(&document.arn, account);
        match self.shared.buckets.head(&actor, parcel.bucket, parcel.key).await {
            Ok(_) => self.settle(&actor, parcel).await,
            Err(error) if is_refusal(&error) => Done::Taken,
            Err(error) => Done::Failed(error),
        }
    }

    /// The proof goes first: a digest that can be seen has one.
    pub(super) async fn digest(
        &self,
        document: &PlanDocument,
        stored: &StoredDigest,
    ) -> Result<Done, TrailError> {
        let missing = || TrailError::Gone {
            key: stored.key.clone(),
            first: cairn_core::Seq::ZERO,
            last: cairn_core::Seq::ZERO,
        };
        let body = stored.body.clone().ok_or_else(missing)?;
        let proof = stored.proof.clone().ok_or_else(missing)?;
        let bucket = &stored.bucket;
        let parcel = Parcel {
            bucket,
            key: &stored.proof_key,
            bytes: proof.into(),
            encoding: None,
            metadata: &[],
            text: None,
        };
        let done = self.put(document, &parcel).await;
        // What was not refused outright may be there, whatever the answer was.
        let refused = matches!(&done, Done::Failed(error) if is_refusal(error));
        if !stored.seen && !refused {
            let mut txn = self.shared.store.begin().await?;
            digest::see(&mut txn, stored.id).await?;
            txn.commit().await?;
        }
        if !matches!(done, Done::Stored { .. }) {
            return Ok(done);
        }
        let parcel = Parcel {
            bucket,
            key: &stored.key,
            bytes: body.into(),
            encoding: Some(GZIP),
            metadata: &stored.metadata,
            text: None,
        };
        Ok(self.put(document, &parcel).await)
    }

    /// The bytes as they were sealed; made again from the journal where the spool lost them.
    async fn bytes(&self, file: &LogFile) -> Result<Bytes, TrailError> {
        let (spool, pack) = (self.shared.spool.clone(), file.pack.clone());
        let extents = file.extents.clone();
        let read = cairn_task::blocking("trail-spool", move || spool.read(&pack, &extents)).await;
        match read {
            Ok(bytes) if *Sha256::of(&bytes).as_bytes() == file.gzip_sha256 => Ok(bytes),
            read => {
                let why = read.err().map_or("its hash is another".to_owned(), |e| e.to_string());
                tracing::error!(pack = file.pack, key = file.key, why, "the spool is damaged");
                rebuild(&self.shared, file).await
            }
        }
    }

    async fn put(&self, document: &PlanDocument, parcel: &Parcel<'_>) -> Done {
        let account = document.account_id().ok();
        let Some(account) = account else {
            return Done::Failed(PortError::invalid("InvalidRequest", "a trail without account"));
        };
        let actor = Actor::trail(&document.arn, account);
        let buckets = &self.shared.buckets;
        if !document.conditional_put {
            match buckets.head(&actor, parcel.bucket, parcel.key).await {
                Ok(_) => return self.settle(&actor, parcel).await,
                Err(error)
                    if error.kind == PortErrorKind::Missing && error.code != "NoSuchBucket" => {}
                // Who may not look writes: nobody else knows the key, and the bytes are the same.
                Err(error) if error.kind == PortErrorKind::Denied => {}
                Err(error) => return Done::Failed(error),
            }
        }
        let mut context = EncryptionContext::new();
        context.insert("aws:cloudtrail:arn".to_owned(), document.arn.clone());
        let encryption = match &document.kms_key_arn {
            Some(key_arn) => Encryption::Kms { key_arn, context: &context },
            None => Encryption::Bucket,
        };
        let condition = if document.conditional_put { Condition::Absent } else { Condition::None };
        let put = Put {
            actor: &actor,
            bucket: parcel.bucket,
            key: parcel.key,
            bytes: parcel.bytes.clone(),
            content_type: JSON,
            content_encoding: parcel.encoding,
            metadata: parcel.metadata,
            acl: Some(ACL),
            encryption,
            condition,
            sha256: *Sha256::of(&parcel.bytes).as_bytes(),
        };
        match buckets.put(put).await {
            Ok(Stored { etag, version }) => Done::Stored { etag, version },
            Err(error) if error.kind == PortErrorKind::Exists => self.settle(&actor, parcel).await,
            Err(error) => Done::Failed(error),
        }
    }

    /// Something has the key: an earlier attempt that was not heard of, or somebody else's object.
    async fn settle(&self, actor: &Actor, parcel: &Parcel<'_>) -> Done {
        let (bucket, key) = (parcel.bucket, parcel.key);
        match self.shared.buckets.get(actor, bucket, key, None).await {
            Ok(object) if object.bytes == parcel.bytes || parcel.is_text_of(&object.bytes) => {
                Done::Stored { etag: object.meta.etag, version: object.meta.version }
            }
            Ok(object) => {
                tracing::error!(
                    bucket,
                    key,
                    bytes = object.bytes.len(),
                    "another object has the key of a file of a trail: look who writes there"
                );
                Done::Taken
            }
            Err(error) if error.kind == PortErrorKind::Denied => self.compare(actor, parcel).await,
            Err(error) => Done::Failed(error),
        }
    }

    /// Where a trail may write and not read, as CloudTrail's usual policy has it, what the store
    /// says of the object has to do.
    async fn compare(&self, actor: &Actor, parcel: &Parcel<'_>) -> Done {
        match self.shared.buckets.head(actor, parcel.bucket, parcel.key).await {
            Ok(meta) if meta.size == parcel.bytes.len() as u64 => {
                Done::Stored { etag: meta.etag, version: meta.version }
            }
            Ok(_) => Done::Taken,
            // Keys are made of hashes of what they name: who has one had the bytes.
            Err(error) if error.kind == PortErrorKind::Denied => {
                Done::Stored { etag: String::new(), version: None }
            }
            Err(error) => Done::Failed(error),
        }
    }

    /// Where a file goes whose key is taken, or whose bucket is gone.
    pub(super) fn other_key(
        &self,
        document: &PlanDocument,
        file: &LogFile,
    ) -> Result<String, TrailError> {
        let time = match Key::parse(&file.key) {
            Key::Log(key) => key.time,
            _ => name_time(file.closed),
        };
        let sha256 = Sha256::from_bytes(file.sha256);
        let named = Named {
            document,
            account: file.account,
            region: &file.region,
            folder: &file.folder,
            time,
            seqs: file.seqs,
            sha256: &sha256,
        };
        let first = self.shared.log_key(&named, 0)?;
        if file.bucket != document.bucket {
            return Ok(first);
        }
        let mut key = first.clone();
        for attempt in 1..KEYS {
            let next = self.shared.log_key(&named, attempt)?;
            if key == file.key {
                return Ok(next);
            }
            key = next;
        }
        Ok(first)
    }
}

/// Whether a bucket will not take anything, ever or until somebody acts.
pub(super) fn is_refusal(error: &PortError) -> bool {
    matches!(error.kind, PortErrorKind::Denied | PortErrorKind::Missing | PortErrorKind::Invalid)
}
