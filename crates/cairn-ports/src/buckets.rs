use bytes::Bytes;
use cairn_core::{AccountId, Timestamp};

use crate::{Actor, Answer, EncryptionContext};

/// A store of objects in buckets: S3, or what speaks like it.
pub trait Buckets: Send + Sync + 'static {
    /// # Errors
    /// `Missing` with `NoSuchBucket`; `Denied` where the bucket is somebody else's.
    fn bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, BucketInfo>;

    /// The bucket policy's text; `None` where the bucket has none.
    fn policy<'a>(&'a self, bucket: &'a str) -> Answer<'a, Option<String>>;

    /// Stores an object; durable when it returns. A second put of the same key makes another
    /// version or replaces the first, unless the condition forbids it.
    ///
    /// # Errors
    /// `Exists` if the condition does not hold; `Denied` if the policy does not let the actor
    /// write, or the key may not be used; `Unavailable` if nobody knows whether it was stored.
    fn put<'a>(&'a self, put: Put<'a>) -> Answer<'a, Stored>;

    /// The object as it was put, decrypted.
    fn get<'a>(
        &'a self,
        actor: &'a Actor,
        bucket: &'a str,
        key: &'a str,
        version: Option<&'a str>,
    ) -> Answer<'a, Object>;

    /// What is known of an object without its bytes.
    fn head<'a>(&'a self, actor: &'a Actor, bucket: &'a str, key: &'a str) -> Answer<'a, Meta>;

    /// Keys under a prefix in the order of their bytes, after `after`.
    fn list<'a>(
        &'a self,
        actor: &'a Actor,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Page>;

    /// What the store can do for the bucket; asks it, and may have to try.
    fn abilities<'a>(&'a self, bucket: &'a str) -> Answer<'a, Abilities>;
}

/// An object to store.
#[derive(Debug, Clone)]
pub struct Put<'a> {
    pub actor: &'a Actor,
    pub bucket: &'a str,
    pub key: &'a str,
    pub bytes: Bytes,
    pub content_type: &'a str,
    pub content_encoding: Option<&'a str>,
    /// User metadata; names without `x-amz-meta-`, in lower case.
    pub metadata: &'a [(String, String)],
    /// A canned ACL: `bucket-owner-full-control`.
    pub acl: Option<&'a str>,
    pub encryption: Encryption<'a>,
    pub condition: Condition,
    /// SHA-256 of `bytes`, which the store checks.
    pub sha256: [u8; 32],
}

/// Server-side encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption<'a> {
    /// What the bucket's own setting says.
    Bucket,
    Kms {
        key_arn: &'a str,
        /// Besides `aws:s3:arn`, which the store adds.
        context: &'a EncryptionContext,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    None,
    /// `If-None-Match: *`.
    Absent,
}

/// What became of a put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Without quotes.
    pub etag: String,
    pub version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketInfo {
    pub name: String,
    pub region: String,
    /// Whose it is; unknown in a store that does not say.
    pub owner: Option<AccountId>,
    pub requester_pays: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub meta: Meta,
    pub bytes: Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    pub size: u64,
    pub etag: String,
    pub version: Option<String>,
    pub modified: Timestamp,
    /// Names without `x-amz-meta-`, in lower case.
    pub metadata: Vec<(String, String)>,
    /// Base64, where the store kept one.
    pub checksum_sha256: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub objects: Vec<Listed>,
    /// Whether there are more after the last of these.
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub size: u64,
    pub etag: String,
    pub modified: Timestamp,
}

/// What was found out about a store; kept with the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// Whether `If-None-Match: *` is honoured. Without it a put is preceded by a look.
    pub conditional_put: bool,
    pub versioning: bool,
    pub object_lock: bool,
}
