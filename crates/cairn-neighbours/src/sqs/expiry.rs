//! The worker that deletes what nobody received in time.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_store::{StoreError, message};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use super::Sqs;

const CADENCE: Duration = Duration::from_mins(1);
/// Messages deleted at a time.
const STEP: usize = 500;

/// Deletes messages whose retention has passed; until then they only cannot be received.
pub struct Expiry {
    sqs: Sqs,
}

impl Sqs {
    pub fn expiry(&self) -> (WorkerSpec, Expiry) {
        let spec = WorkerSpec {
            name: "sqs-expiry".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        (spec, Expiry { sqs: self.clone() })
    }

    /// Does one piece of work; false when there is none.
    pub async fn expire(&self, now: Timestamp) -> Result<bool, StoreError> {
        if !message::any_expired(&self.store, now).await? {
            return Ok(false);
        }
        let mut txn = self.store.begin().await?;
        let deleted = message::expire(&mut txn, now, STEP).await?;
        txn.commit().await?;
        Ok(deleted == STEP)
    }
}

impl Worker for Expiry {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let more = self.sqs.expire(self.sqs.now()).await;
        let more =
            more.map_err(|error| WorkerError::caused("failed to delete expired messages", error))?;
        Ok(if more { Tick::More } else { Tick::Idle })
    }
}
