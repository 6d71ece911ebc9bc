//! The worker that records what an interrupted commit left in the outbox.

use std::time::Duration;

use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use crate::Recorder;

const CADENCE: Duration = Duration::from_secs(10);

/// Looks into the outbox now and then; in quiet times it finds nothing.
pub struct OutboxWorker {
    recorder: Recorder,
}

impl Recorder {
    pub fn outbox_worker(&self) -> (WorkerSpec, OutboxWorker) {
        let spec = WorkerSpec {
            name: "outbox".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        (spec, OutboxWorker { recorder: self.clone() })
    }
}

impl Worker for OutboxWorker {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let drained = self.recorder.drain_step().await;
        let more =
            drained.map_err(|error| WorkerError::caused("failed to drain the outbox", error))?;
        Ok(if more { Tick::More } else { Tick::Idle })
    }
}
