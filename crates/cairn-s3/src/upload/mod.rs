//! Multipart uploads: begun, filled part by part, completed or aborted.

mod complete;
mod create;
mod list;
mod part;

use cairn_store::objects::{Bucket, Lock, LockMode, Upload};
use serde::{Deserialize, Serialize};

pub(crate) use complete::complete;
pub(crate) use create::create;
pub(crate) use list::{list, parts};
pub(crate) use part::{part, part_copy};

use crate::access::admit;
use crate::ask::Ask;
use crate::data::Algorithm;
use crate::fault::Fault;
use crate::object::{Checksum, Detail, settle};
use crate::s3::{Reply, S3, no_content};

/// The greatest number of a part.
const PARTS: u32 = 10_000;

/// What the index keeps of an upload: the object that it will be.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Plan {
    detail: Detail,
    tags: Vec<(String, String)>,
    /// Mode, end in milliseconds, and legal hold.
    lock: Option<PlannedLock>,
    algorithm: Option<Algorithm>,
    /// Whether the checksum will be that of the parts' checksums.
    composite: bool,
    /// The canonical user who began it.
    initiator: String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct PlannedLock {
    compliance: bool,
    until_millis: Option<i64>,
    hold: bool,
}

impl PlannedLock {
    fn of(lock: Lock) -> Self {
        Self {
            compliance: lock.retention.is_some_and(|(mode, _)| mode == LockMode::Compliance),
            until_millis: lock.retention.map(|(_, until)| until.millis()),
            hold: lock.hold,
        }
    }

    fn lock(self) -> Lock {
        let mode = if self.compliance { LockMode::Compliance } else { LockMode::Governance };
        let until = self.until_millis.map(cairn_core::Timestamp::from_millis);
        Lock { retention: until.map(|until| (mode, until)), hold: self.hold }
    }
}

impl Plan {
    fn read(upload: &Upload) -> Result<Self, Fault> {
        serde_json::from_str(&upload.detail).map_err(|error| {
            tracing::error!(%error, upload = upload.id, "the index has a row that cannot be read");
            Fault::internal()
        })
    }

    fn write(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers always have a JSON form")
    }
}

/// What the index keeps of a part.
fn part_checksum(detail: &str) -> Option<Checksum> {
    serde_json::from_str(detail).ok()
}

/// The upload that a request names, of its bucket and key.
async fn found(s3: &S3, ask: &Ask, bucket: &Bucket) -> Result<(Upload, Plan), Fault> {
    let id = ask.query("uploadId").unwrap_or_default();
    let upload = s3.index().upload(bucket.id, id).await?;
    let upload = upload.filter(|upload| upload.key == ask.key);
    let upload = upload.ok_or_else(|| Fault::no_such_upload(id))?;
    let plan = Plan::read(&upload)?;
    Ok((upload, plan))
}

pub(crate) async fn abort(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let (upload, _) = found(s3, ask, &bucket).await?;
    let mut change = s3.index().begin().await?;
    change.drop_upload(&upload.id).await?;
    settle(s3, change, None, false).await?;
    Ok(no_content())
}
