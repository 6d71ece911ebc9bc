//! The worker that writes parts, merges them, and drops what is too old.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use crate::HistoryError;
use crate::part::Merge;
use crate::policy;
use crate::shared::{Change, SECONDS_PER_DAY, Shared};

/// Postings merged at a time; between two steps a full table is sealed or a stop is noticed.
/// About 20 ms.
const STEP: usize = 1_000_000;

/// Keeps the files: seals full tables first, then merges, then drops.
pub struct Merger {
    shared: Arc<Shared>,
    /// Locked by the one piece of work that runs.
    merge: Arc<Mutex<Option<Merge>>>,
}

impl Merger {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, merge: Arc::default() }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "history-merge".into(),
            cadence: Duration::from_mins(1),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Does one piece of work; false when there is none. Blocking; for those who drive the work
    /// themselves.
    pub fn step(&mut self) -> Result<bool, HistoryError> {
        run(&self.shared, &self.merge)
    }
}

impl Worker for Merger {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let (shared, merge) = (self.shared.clone(), self.merge.clone());
        match cairn_task::blocking("history-merge", move || run(&shared, &merge)).await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to keep event history's files", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.filled.woken().await;
    }

    fn status(&self) -> Progress {
        let view = self.shared.view();
        let detail = format!("{} parts", view.parts.len());
        Progress { lag: Some(view.waiting.len() as u64), detail: Some(detail) }
    }
}

fn run(shared: &Shared, merge: &Mutex<Option<Merge>>) -> Result<bool, HistoryError> {
    let mut merge = merge.lock().unwrap_or_else(PoisonError::into_inner);
    step(shared, &mut merge).inspect_err(|error| shared.report(error))
}

fn step(shared: &Shared, merge: &mut Option<Merge>) -> Result<bool, HistoryError> {
    shared.remove_retired();
    if let Some(table) = shared.view().waiting.first() {
        shared.seal(table)?;
        return Ok(true);
    }
    if let Some(running) = merge.take() {
        *merge = go_on(shared, running)?;
        return Ok(true);
    }
    if drop_expired(shared)? {
        return Ok(true);
    }
    let today = shared.clock.now().seconds().div_euclid(SECONDS_PER_DAY);
    if let Some((parts, split)) = policy::next(&shared.view().parts, &shared.settings, today) {
        *merge = Some(Merge::new(&parts, split, shared.leave_out_before())?);
        return Ok(true);
    }
    Ok(false)
}

/// Takes a merge one step further, or to its end. After an error its files are removed, and the
/// same merge is chosen again.
fn go_on(shared: &Shared, mut merge: Merge) -> Result<Option<Merge>, HistoryError> {
    let discard = |ids: Vec<u64>| ids.into_iter().for_each(|id| shared.discard(id));
    match merge.step(STEP, &*shared.parts, || shared.new_id()) {
        Ok(true) => return Ok(Some(merge)),
        Ok(false) => {}
        Err(error) => {
            discard(merge.output_ids());
            return Err(error);
        }
    }
    let (out, ids) = (merge.inputs().cloned().collect(), merge.output_ids());
    let into = merge.finish().inspect_err(|_| discard(ids))?;
    shared.commit(Change { out, into, ..Change::default() })?;
    Ok(None)
}

/// Drops the parts whose newest row has passed the horizon: a whole day at once.
fn drop_expired(shared: &Shared) -> Result<bool, HistoryError> {
    let horizon = shared.leave_out_before();
    let view = shared.view();
    let expired = view.parts.iter().filter(|part| part.header.newest.time < horizon);
    let out: Vec<_> = expired.cloned().collect();
    let any = !out.is_empty();
    if any {
        drop(view);
        shared.commit(Change { out, ..Change::default() })?;
    }
    Ok(any)
}
