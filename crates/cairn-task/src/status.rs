//! What can be seen of a worker, a task or a thread.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cairn_core::Timestamp;
use serde::{Serialize, Serializer};

use crate::{Progress, WorkerError};

/// How a worker, task or thread is doing. Serialises with PascalCase names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WorkerStatus {
    pub name: String,
    pub state: State,
    /// What still waits to be done, in the worker's unit.
    pub lag: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Failures since the start.
    pub errors: u64,
    /// Failures since the last success.
    pub consecutive_errors: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When the last tick began, as seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "epoch_seconds")]
    pub last_run: Option<Timestamp>,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// Working.
    Busy,
    /// Waiting for work.
    Idle,
    /// Pausing after an error.
    Throttled,
    /// Ended as it should.
    Done,
    /// Ended by an error.
    Failed,
}

#[expect(clippy::ref_option, reason = "serde gives the field as it is")]
fn epoch_seconds<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.millis() as f64 / 1000.0).serialize(to)
}

/// The one place a status is kept: written by what runs, read by the list.
#[derive(Debug)]
pub(crate) struct Slot {
    status: Mutex<WorkerStatus>,
}

impl Slot {
    pub(crate) fn new(name: String, state: State) -> Self {
        let status = WorkerStatus {
            name,
            state,
            lag: None,
            detail: None,
            errors: 0,
            consecutive_errors: 0,
            last_error: None,
            last_run: None,
        };
        Self { status: Mutex::new(status) }
    }

    pub(crate) fn get(&self) -> WorkerStatus {
        self.lock().clone()
    }

    pub(crate) fn name(&self) -> String {
        self.lock().name.clone()
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.lock().state, State::Done | State::Failed)
    }

    pub(crate) fn enter(&self, state: State) {
        self.lock().state = state;
    }

    pub(crate) fn began(&self, now: Timestamp) {
        let mut status = self.lock();
        status.state = State::Busy;
        status.last_run = Some(now);
    }

    pub(crate) fn succeeded(&self, progress: Progress) {
        let mut status = self.lock();
        status.consecutive_errors = 0;
        status.lag = progress.lag;
        status.detail = progress.detail;
    }

    /// Counts a failure, logs it, and gives back how many there were in a row.
    pub(crate) fn failed(&self, error: &WorkerError) -> u64 {
        let mut status = self.lock();
        let error = error.chain();
        tracing::error!(worker = status.name, error, "work failed");
        status.errors += 1;
        status.consecutive_errors += 1;
        status.last_error = Some(error);
        status.consecutive_errors
    }

    fn lock(&self) -> MutexGuard<'_, WorkerStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
