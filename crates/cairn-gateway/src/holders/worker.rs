//! The worker that saves what was learned.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use cairn_core::Clock;
use cairn_store::{Store, lesson};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use super::Holders;

const CADENCE: Duration = Duration::from_mins(1);

/// Writes lessons to the store soon after they were learned, and forgets expired ones.
pub struct HoldersWorker {
    holders: Arc<Holders>,
    store: Store,
    clock: Arc<dyn Clock>,
}

impl HoldersWorker {
    pub fn new(holders: Arc<Holders>, store: Store, clock: Arc<dyn Clock>) -> (WorkerSpec, Self) {
        let spec = WorkerSpec {
            name: "gateway-holders".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Finish,
        };
        (spec, Self { holders, store, clock })
    }
}

impl Worker for HoldersWorker {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let lessons = {
            let unsaved = self.holders.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
            unsaved.clone()
        };
        let failed = |error| WorkerError::caused("failed to save whose keys were seen", error);
        let mut txn = self.store.begin().await.map_err(failed)?;
        for one in &lessons {
            lesson::put(&mut txn, one).await.map_err(failed)?;
        }
        lesson::expire(&mut txn, self.clock.now()).await.map_err(failed)?;
        txn.commit().await.map_err(failed)?;
        let mut unsaved = self.holders.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
        unsaved.drain(..lessons.len());
        Ok(Tick::Idle)
    }

    async fn wait(&mut self) {
        self.holders.learned.woken().await;
    }
}
