//! The one place where a new version enters the index.

use cairn_store::objects::{Bucket, Change, File, Lock, NewVersion};
use cairn_task::uninterrupted;

use super::{Condition, Detail};
use crate::ask::Ask;
use crate::data::NewFile;
use crate::fault::Fault;
use crate::s3::S3;
use crate::setting::{Versioning, versioning};
use crate::{lock, notify};

/// A version whose bytes are on disk.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) detail: Detail,
    pub(crate) files: Vec<File>,
    pub(crate) tags: Vec<(String, String)>,
    /// `None` for what the bucket gives objects that say nothing.
    pub(crate) lock: Option<Lock>,
    pub(crate) condition: Condition,
    /// `ObjectCreated:Put`.
    pub(crate) event: &'static str,
    /// The upload that the version ends.
    pub(crate) upload: Option<String>,
}

/// Makes the draft the current version under the request's key. The bucket is looked at again,
/// and the condition is checked in the change that takes effect. Gives the version's id where
/// the bucket has had versioning.
pub(crate) async fn commit(
    s3: &S3,
    ask: &Ask,
    draft: Draft,
    news: Option<NewFile>,
) -> Result<Option<String>, Fault> {
    let mut change = s3.index().begin().await?;
    let bucket = change.bucket(&ask.bucket).await?;
    let bucket = bucket.ok_or_else(|| Fault::no_such_bucket(&ask.bucket))?;
    let current = change.current(bucket.id, &ask.key).await?;
    draft.condition.check(&ask.key, current.as_ref())?;
    if let Some(upload) = &draft.upload {
        if change.upload(bucket.id, upload).await?.is_none() {
            return Err(Fault::no_such_upload(upload));
        }
        change.drop_upload(upload).await?;
    }
    let state = versioning(&bucket);
    let version = match state {
        Versioning::Enabled => s3.unique(),
        Versioning::Never | Versioning::Suspended => "null".to_owned(),
    };
    let now = s3.now();
    let new = NewVersion {
        key: &ask.key,
        version: &version,
        marker: false,
        size: draft.size,
        etag: &draft.etag,
        modified: now,
        lock: draft.lock.unwrap_or_else(|| lock::default_lock(&bucket, now)),
        tags: &draft.tags,
        detail: draft.detail.write(),
        files: &draft.files,
    };
    change.add(&bucket, &new).await?;
    let told = notify::add(s3, ask, &mut change, &bucket, draft.event, &new).await?;
    settle(s3, change, news, told).await?;
    Ok((state != Versioning::Never).then_some(version))
}

/// Commits a change and takes away the files that it freed. Once begun it goes through, even if
/// the client hangs up.
pub(crate) async fn settle(
    s3: &S3,
    change: Change,
    news: Option<NewFile>,
    told: bool,
) -> Result<(), Fault> {
    let s3 = s3.clone();
    uninterrupted(async move {
        // Before the commit: whether one that failed took effect is not known.
        if let Some(news) = news {
            news.keep();
        }
        let freed = change.commit().await?;
        s3.unlink(freed).await;
        if told {
            notify::send(&s3).await;
        }
        Ok(())
    })
    .await
}

/// A bucket as it is in a change.
pub(crate) async fn bucket_in(change: &mut Change, name: &str) -> Result<Bucket, Fault> {
    change.bucket(name).await?.ok_or_else(|| Fault::no_such_bucket(name))
}
