use cairn_core::Timestamp;
use cairn_ports::{Actor, S3 as SERVICE};
use cairn_store::objects::{Bucket, Change, NewVersion, Version};

use super::rule::{Rule, rules};
use crate::ask::Ask;
use crate::fault::Fault;
use crate::object::{gone, settle};
use crate::s3::S3;
use crate::setting::{Versioning, versioning};
use crate::{lock, notify};

/// Versions and uploads that are looked at in one step, and removed in one change.
const BATCH: u32 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    /// A delete marker takes its place.
    Marked,
    Erased,
}

impl S3 {
    /// Does what the lifecycle rules of all buckets ask for by now: one unit of a worker's work.
    /// Gives how many versions and uploads went. A version that a lock holds stays.
    ///
    /// # Errors
    /// The index cannot be reached; the next call goes over everything again.
    pub async fn expire(&self, now: Timestamp) -> Result<u64, ExpireError> {
        let mut count = 0;
        for bucket in self.index().all_buckets().await.map_err(Fault::from)? {
            let rules = rules(&bucket);
            if !rules.is_empty() {
                count += versions(self, &bucket, &rules, now).await?;
                count += uploads(self, &bucket, &rules, now).await?;
            }
        }
        Ok(count)
    }
}

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
#[error("the index of objects failed: {code}")]
pub struct ExpireError {
    code: String,
}

impl From<Fault> for ExpireError {
    fn from(fault: Fault) -> Self {
        Self { code: fault.code.into_owned() }
    }
}

async fn versions(s3: &S3, bucket: &Bucket, rules: &[Rule], now: Timestamp) -> Result<u64, Fault> {
    let (mut key, mut before, mut newer) = (String::new(), i64::MAX, 0);
    let mut count = 0;
    loop {
        let from = (key.as_bytes(), before);
        // One more tells whether the last of the batch is alone.
        let mut found = s3.index().list_versions(bucket.id, from, None, BATCH + 1).await?;
        let more = found.len() > BATCH as usize;
        let mut ends = Vec::new();
        for (at, version) in found.iter().enumerate().take(BATCH as usize) {
            if version.key != key {
                newer = 0;
            }
            let alone = found.get(at + 1).is_none_or(|next| next.key != version.key);
            let fate = fate(bucket, rules, version, (newer, alone), now);
            if fate != Fate::Stays {
                ends.push((version.clone(), fate));
            }
            newer += usize::from(version.noncurrent.is_some());
            key.clone_from(&version.key);
            before = version.id;
        }
        found.clear();
        count += end(s3, bucket, &ends).await?;
        if !more {
            return Ok(count);
        }
    }
}

fn fate(
    bucket: &Bucket,
    rules: &[Rule],
    version: &Version,
    (newer, alone): (usize, bool),
    now: Timestamp,
) -> Fate {
    let mut covering = rules.iter().filter(|rule| rule.covers(version));
    let fate = match version.noncurrent {
        Some(since) if covering.any(|rule| rule.expires_noncurrent(since, newer, now)) => {
            Fate::Erased
        }
        Some(_) => Fate::Stays,
        None if version.marker => {
            let ends = |rule: &Rule| rule.lone_markers || rule.expires(version, now);
            if alone && covering.any(ends) { Fate::Erased } else { Fate::Stays }
        }
        None if !covering.any(|rule| rule.expires(version, now)) => Fate::Stays,
        None if versioning(bucket) == Versioning::Never => Fate::Erased,
        None => Fate::Marked,
    };
    if fate == Fate::Erased && lock::holds(version, now) { Fate::Stays } else { fate }
}

/// Ends versions in one change, those that are still as they were seen.
async fn end(s3: &S3, bucket: &Bucket, ends: &[(Version, Fate)]) -> Result<u64, Fault> {
    if ends.is_empty() {
        return Ok(0);
    }
    let actor = Actor::Service {
        principal: SERVICE,
        source_arn: format!("arn:aws:s3:::{}", bucket.name),
        source_account: bucket.owner,
    };
    let ask = Ask::inner("DeleteObject", actor, &bucket.name, "");
    let (mut count, mut told) = (0, false);
    let mut change = s3.index().begin().await?;
    for (seen, fate) in ends {
        let now = change.version(bucket.id, &seen.key, &seen.version).await?;
        let Some(version) = now.filter(|now| {
            (now.id, now.noncurrent, now.lock) == (seen.id, seen.noncurrent, seen.lock)
        }) else {
            continue;
        };
        told |= match fate {
            Fate::Marked => mark(s3, &ask, &mut change, bucket, &version).await?,
            _ => erase(s3, &ask, &mut change, bucket, &version).await?,
        };
        count += 1;
    }
    settle(s3, change, None, told).await?;
    Ok(count)
}

async fn mark(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    version: &Version,
) -> Result<bool, Fault> {
    let name = match versioning(bucket) {
        Versioning::Enabled => s3.unique(),
        Versioning::Never | Versioning::Suspended => "null".to_owned(),
    };
    let marker = NewVersion { modified: s3.now(), ..gone(&version.key, &name, true) };
    change.add(bucket, &marker).await?;
    notify::add(s3, ask, change, bucket, "LifecycleExpiration:DeleteMarkerCreated", &marker).await
}

async fn erase(
    s3: &S3,
    ask: &Ask,
    change: &mut Change,
    bucket: &Bucket,
    version: &Version,
) -> Result<bool, Fault> {
    change.remove(bucket.id, version).await?;
    let gone = gone(&version.key, &version.version, version.marker);
    notify::add(s3, ask, change, bucket, "LifecycleExpiration:Delete", &gone).await
}

async fn uploads(s3: &S3, bucket: &Bucket, rules: &[Rule], now: Timestamp) -> Result<u64, Fault> {
    let (mut key, mut id) = (String::new(), String::new());
    let mut count = 0;
    loop {
        let after = (key.as_bytes(), id.as_str());
        let found = s3.index().uploads(bucket.id, b"", after, None, BATCH).await?;
        let Some(last) = found.last() else { return Ok(count) };
        let ends = found.iter().filter(|upload| {
            rules.iter().any(|rule| rule.aborts(&upload.key, upload.created, now))
        });
        let ends: Vec<&str> = ends.map(|upload| upload.id.as_str()).collect();
        if !ends.is_empty() {
            let mut change = s3.index().begin().await?;
            for upload in &ends {
                change.drop_upload(upload).await?;
            }
            settle(s3, change, None, false).await?;
            count += ends.len() as u64;
        }
        (key, id) = (last.key.clone(), last.id.clone());
    }
}
