//! Whether the upstreams can be reached, while nobody calls them.

use std::sync::Arc;
use std::time::Duration;

use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};
use tokio::net::TcpStream;

use super::Upstream;

const CADENCE: Duration = Duration::from_secs(5);

/// Opens a connection to each upstream now and then, and sends nothing.
pub(crate) struct HealthWorker {
    upstreams: Vec<Arc<Upstream>>,
}

impl HealthWorker {
    pub(crate) fn new(upstreams: &[Arc<Upstream>]) -> (WorkerSpec, Self) {
        let spec = WorkerSpec {
            name: "gateway-health".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        (spec, Self { upstreams: upstreams.to_vec() })
    }
}

impl Worker for HealthWorker {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        for upstream in &self.upstreams {
            upstream.sweep();
            let url = &upstream.settings.url;
            let connect = TcpStream::connect((url.host.as_str(), url.port));
            let limit = upstream.settings.connect_timeout.min(Duration::from_millis(800));
            match tokio::time::timeout(limit, connect).await {
                Ok(Ok(_)) => upstream.found(true, ""),
                Ok(Err(error)) => upstream.found(false, &error.to_string()),
                Err(_) => upstream.found(false, "no connection in time"),
            }
        }
        Ok(Tick::Idle)
    }

    fn status(&self) -> Progress {
        let down = self.upstreams.iter().filter(|upstream| upstream.is_down()).count();
        let detail = format!("{down} of {} upstreams down", self.upstreams.len());
        Progress { lag: None, detail: Some(detail) }
    }
}
