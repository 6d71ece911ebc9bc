//! The worker that keeps intents short: it tries refused outcomes again and moves the cursor.

use std::time::Duration;

use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use crate::Intents;

const CADENCE: Duration = Duration::from_secs(2);

pub struct IntentsWorker {
    intents: Intents,
}

impl Intents {
    pub fn worker(&self) -> (WorkerSpec, IntentsWorker) {
        let spec = WorkerSpec {
            name: "gateway-intents".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Finish,
        };
        (spec, IntentsWorker { intents: self.clone() })
    }
}

impl Worker for IntentsWorker {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let done = self.intents.tick().await;
        done.map_err(|error| WorkerError::caused("failed to settle intents", error))?;
        Ok(Tick::Idle)
    }

    fn status(&self) -> Progress {
        let (open, waiting) = self.intents.stats();
        let detail = format!("{open} calls on their way, {waiting} outcomes wait");
        Progress { lag: Some(open as u64), detail: Some(detail) }
    }
}
