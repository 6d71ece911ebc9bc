//! The word that ends a server.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// Why the server stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// Someone asked: a signal, an operator, a test.
    Requested(String),
    /// Something that nothing may go on without has failed.
    Failed { worker: String, error: String },
}

impl StopReason {
    /// What the process ends with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Requested(_) => 0,
            Self::Failed { .. } => 1,
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested(by) => f.write_str(by),
            Self::Failed { worker, error } => write!(f, "{worker} failed: {error}"),
        }
    }
}

/// Says once, to everyone who holds a clone, that it is time to stop.
#[derive(Debug, Clone)]
pub struct Stop {
    reason: Arc<watch::Sender<Option<StopReason>>>,
}

impl Stop {
    pub fn new() -> Self {
        Self { reason: Arc::new(watch::Sender::new(None)) }
    }

    /// The first reason is kept; later calls change nothing.
    pub fn stop(&self, reason: StopReason) {
        self.reason.send_if_modified(|current| {
            let first = current.is_none();
            if first {
                tracing::info!(reason = %reason, "stopping");
                *current = Some(reason);
            }
            first
        });
    }

    pub fn is_stopped(&self) -> bool {
        self.reason.borrow().is_some()
    }

    pub fn reason(&self) -> Option<StopReason> {
        self.reason.borrow().clone()
    }

    /// Returns at once if the stop has been called already.
    pub async fn stopped(&self) {
        let mut reason = self.reason.subscribe();
        // The sender lives in `self`, so the wait cannot end in an error.
        let _ = reason.wait_for(Option::is_some).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}
