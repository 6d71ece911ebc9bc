//! Listing the source: which folders of log files there are, and which digests.

use cairn_store::import::{self, Fault, Page, Stage};

use super::fault::{ImportError, remark};
use super::scope::Found;
use super::worker::{Step, Work};

/// Keys of one request.
pub(super) const KEYS: u32 = 1000;

/// One page of what is under the folder that was named.
pub(super) async fn logs(work: &Work<'_>) -> Result<Step, ImportError> {
    let next = match work.scope.digests_elsewhere() {
        Some(_) => Stage::ListingDigests,
        None => Stage::Reading,
    };
    page(work, work.scope.prefix(), true, next).await
}

/// One page of the digests that lie elsewhere. Who may not see them imports without them.
pub(super) async fn digests(work: &Work<'_>) -> Result<Step, ImportError> {
    let folder = work.scope.digests_elsewhere().unwrap_or_default();
    let Fault { location, error_type, message, .. } =
        match page(work, &folder, false, Stage::Reading).await? {
            Step::Failed(fault) => fault,
            step => return Ok(step),
        };
    let text = format!("digests cannot be listed, log files are imported without them: {message}");
    let remark = remark(location, &error_type, text);
    let mut txn = work.parts.store.begin().await?;
    if !import::settle(&mut txn, work.import, &[remark]).await? {
        return Ok(Step::Over);
    }
    import::advance(&mut txn, work.import, Stage::Reading).await?;
    txn.commit().await?;
    Ok(Step::Went)
}

async fn page(work: &Work<'_>, prefix: &str, logs: bool, next: Stage) -> Result<Step, ImportError> {
    let (import, buckets) = (work.import, &work.parts.buckets);
    let (bucket, after) = (&import.source.bucket, import.after.as_deref());
    let listed = match buckets.list(&work.actor, bucket, prefix, after, KEYS).await {
        Ok(listed) => listed,
        Err(error) => return Ok(work.stopped_by(prefix, error)),
    };
    let mut found = Page::default();
    for object in &listed.objects {
        match work.scope.find(&object.key) {
            Found::Log { folder, .. } if logs => {
                *found.folders.entry(folder.to_owned()).or_default() += 1;
            }
            Found::Digest(_) => found.digests.push(object.key.clone()),
            Found::Log { .. } | Found::Nothing => {}
        }
    }
    found.after = listed.objects.last().map(|object| object.key.clone());
    let done = !listed.more || found.after.is_none();
    let mut txn = work.parts.store.begin().await?;
    if !import::page(&mut txn, import, &found).await? {
        return Ok(Step::Over);
    }
    if done {
        import::advance(&mut txn, import, next).await?;
    }
    txn.commit().await?;
    Ok(Step::Went)
}
