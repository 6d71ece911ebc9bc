//! What is done while nobody calls: lifecycle rules, rotations, deletions that were waited for,
//! notifications that could not be sent at once.

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Clock, Timestamp};
use cairn_lake::Lake;
use cairn_store::Store;
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use crate::neighbours::Inside;

const CADENCE: Duration = Duration::from_secs(1);
/// How often rules that count in days are looked at.
const ROUND: Duration = Duration::from_mins(10);

pub(crate) struct Housekeeper {
    inside: Inside,
    store: Store,
    clock: Arc<dyn Clock>,
    lake: Lake,
    last: Timestamp,
}

impl Housekeeper {
    pub(crate) fn new(
        inside: Inside,
        store: Store,
        clock: Arc<dyn Clock>,
        lake: Lake,
    ) -> (WorkerSpec, Self) {
        let spec = WorkerSpec {
            name: "housekeeper".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        (spec, Self { inside, store, clock, lake, last: Timestamp::EPOCH })
    }

    async fn round(&self, now: Timestamp) -> Result<(), WorkerError> {
        let failed = |error| WorkerError::caused("failed to look after keys", error);
        let Inside { s3, kms, .. } = &self.inside;
        while !kms.rotate_due(now).await.map_err(failed)?.is_empty() {}
        while !kms.delete_due(now).await.map_err(failed)?.is_empty() {}
        let expired = s3.expire(now).await;
        let expired =
            expired.map_err(|error| WorkerError::caused("failed to expire objects", error))?;
        if expired > 0 {
            tracing::info!(expired, "lifecycle rules took objects away");
        }
        Ok(())
    }
}

impl Worker for Housekeeper {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        self.inside.s3.notify().await;
        // At once: until then a store that cannot be restored any more keeps its name.
        let ended = cairn_control::end_event_data_stores(&self.store).await;
        let failed = |error| WorkerError::caused("failed to end event data stores", error);
        if ended.map_err(failed)? > 0 {
            self.lake.note_end();
        }
        let now = self.clock.now();
        if now.since(self.last) >= ROUND || now < self.last {
            self.round(now).await?;
            self.last = now;
        }
        Ok(Tick::Idle)
    }
}
