use cairn_store::objects::{Bucket, Change, NewVersion, Version};

use super::get::check_version_id;
use super::{Condition, bucket_in, settle};
use crate::access::{self, admit_action};
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, no_content, put_header};
use crate::setting::{Versioning, versioning};
use crate::xml::{Element, Writer};
use crate::{Body, lock, notify};

/// The most keys of one request.
const KEYS: usize = 1000;

/// What became of a key.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    /// The version that is gone, or the marker that stands for the object now.
    pub(crate) version: Option<String>,
    /// Whether that is, or was, a delete marker.
    pub(crate) marker: bool,
    /// Whether a notification waits.
    told: bool,
}

pub(crate) async fn delete(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    access::admit(ask, &bucket)?;
    let condition = Condition::of(ask)?;
    let bypass = may_bypass(ask, &bucket);
    let mut change = s3.index().begin().await?;
    let bucket = bucket_in(&mut change, &ask.bucket).await?;
    let version = ask.given("versionId");
    if condition != Condition::default() {
        let current = change.current(bucket.id, &ask.key).await?;
        condition.check(&ask.key, current.as_ref())?;
    }
    let deleted = remove(s3, ask, &mut change, &bucket, (&ask.key, version), bypass).await?;
    settle(s3, change, None, deleted.told).await?;
    let mut answer = no_content();
    if let Some(version) = &deleted.version {
        put_header(answer.headers_mut(), "x-amz-version-id", version);
    }
    if deleted.marker {
        put_header(answer.headers_mut(), "x-amz-delete-marker", "true");
    }
    Ok(answer)
}

/// Whether governance does not bind the request.
fn may_bypass(ask: &Ask, bucket: &Bucket) -> bool {
    ask.is_set("x-amz-bypass-governance-retention")
        && admit_action(ask, bucket, "s3:BypassGovernanceRetention", &ask.key).is_ok()
}

/// Deletes a key in a change: one version for good, or the object by a marker.
pub(crate) async fn remove(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    (key, version): (&str, Option<&str>),
    bypass: bool,
) -> Result<Deleted, Fault> {
    if let Some(name) = version {
        check_version_id(name)?;
        let Some(found) = change.version(bucket.id, key, name).await? else {
            return Ok(Deleted { version: Some(name.to_owned()), ..Deleted::default() });
        };
        lock::check_delete(&found, s3.parts().clock.now(), bypass)?;
        return erase(s3, ask, change, bucket, &found).await;
    }
    match versioning(bucket) {
        Versioning::Never => match change.version(bucket.id, key, "null").await? {
            Some(found) => {
                lock::check_delete(&found, s3.parts().clock.now(), bypass)?;
                Ok(Deleted { version: None, ..erase(s3, ask, change, bucket, &found).await? })
            }
            None => Ok(Deleted::default()),
        },
        Versioning::Enabled => mark(s3, ask, change, bucket, key, &s3.unique()).await,
        Versioning::Suspended => mark(s3, ask, change, bucket, key, "null").await,
    }
}

async fn erase(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    found: &Version,
) -> Result<Deleted, Fault> {
    change.remove(bucket.id, found).await?;
    let gone = gone(&found.key, &found.version, found.marker);
    let told = notify::add(s3, ask, change, bucket, "ObjectRemoved:Delete", &gone).await?;
    Ok(Deleted { version: Some(found.version.clone()), marker: found.marker, told })
}

async fn mark(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    key: &str,
    version: &str,
) -> Result<Deleted, Fault> {
    let marker = NewVersion { modified: s3.now(), ..gone(key, version, true) };
    change.add(bucket, &marker).await?;
    let event = "ObjectRemoved:DeleteMarkerCreated";
    let told = notify::add(s3, ask, change, bucket, event, &marker).await?;
    Ok(Deleted { version: Some(version.to_owned()), marker: true, told })
}

/// A version without bytes.
pub(crate) fn gone<'a>(key: &'a str, version: &'a str, marker: bool) -> NewVersion<'a> {
    NewVersion {
        key,
        version,
        marker,
        size: 0,
        etag: "",
        modified: cairn_core::Timestamp::EPOCH,
        lock: cairn_store::objects::Lock::default(),
        tags: &[],
        detail: String::new(),
        files: &[],
    }
}

/// DeleteObjects: in one change, key by key.
pub(crate) async fn delete_many(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    let text = ask::document(ask, body).await?;
    let root = Element::parse(&text).filter(|root| root.name == "Delete");
    let root = root.ok_or_else(Fault::malformed_xml)?;
    let objects: Vec<&Element> = root.all("Object").collect();
    if objects.is_empty() || objects.len() > KEYS {
        return Err(Fault::malformed_xml());
    }
    let quiet = root.text_of("Quiet") == Some("true");
    let mut results = Vec::new();
    let mut told = false;
    let mut change = s3.index().begin().await?;
    let bucket = bucket_in(&mut change, &bucket.name).await?;
    for object in objects {
        let key = object.child("Key").ok_or_else(Fault::malformed_xml)?.text.clone();
        let version = object.text_of("VersionId").filter(|version| !version.is_empty());
        let one = one_of_many(s3, ask, &mut change, &bucket, (&key, version)).await;
        told |= one.as_ref().is_ok_and(|deleted| deleted.told);
        results.push((key, version.map(str::to_owned), one));
    }
    settle(s3, change, None, told).await?;
    Ok(document(Writer::document("DeleteResult", |w| {
        for (key, version, result) in &results {
            match result {
                Ok(_) if quiet => {}
                Ok(deleted) => w.element("Deleted", |w| {
                    w.leaf("Key", key);
                    w.optional("VersionId", version.as_deref());
                    if deleted.marker {
                        w.leaf("DeleteMarker", true);
                        w.optional("DeleteMarkerVersionId", deleted.version.as_deref());
                    }
                }),
                Err(fault) => w.element("Error", |w| {
                    w.leaf("Key", key);
                    w.optional("VersionId", version.as_deref());
                    w.leaf("Code", &fault.code);
                    w.leaf("Message", &fault.message);
                }),
            }
        }
    })))
}

async fn one_of_many(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    (key, version): (&str, Option<&str>),
) -> Result<Deleted, Fault> {
    let action = if version.is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
    admit_action(ask, bucket, action, key)?;
    let bypass = ask.is_set("x-amz-bypass-governance-retention")
        && admit_action(ask, bucket, "s3:BypassGovernanceRetention", key).is_ok();
    remove(s3, ask, change, bucket, (key, version), bypass).await
}
