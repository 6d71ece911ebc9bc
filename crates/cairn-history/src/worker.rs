//! The worker that follows the journal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_core::Seq;
use cairn_journal::{Reader, Record};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use crate::HistoryError;
use crate::shared::Shared;

/// Records taken from the journal at a time.
const BATCH: usize = 4096;
/// Records that are indexed where the worker runs; more of them may have to be read from disk.
const FEW: u64 = 64;
/// Records added under one lock: lookups wait for no more than these.
const LOCKED: usize = 256;
/// A table is also full when it has this many postings for each record it may hold.
const POSTINGS_PER_RECORD: usize = 32;

/// Reads the journal in order and makes its records visible.
pub struct Indexer {
    shared: Arc<Shared>,
    /// Locked by the one piece of work that runs.
    tail: Arc<Mutex<Option<Reader>>>,
    durable: tokio::sync::watch::Receiver<Seq>,
}

impl Indexer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let durable = shared.journal.watch_durable();
        Self { shared, tail: Arc::default(), durable }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "history".into(),
            cadence: Duration::from_secs(1),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Indexes some records. False when there are no more, or when tables wait for their parts.
    /// Blocking; for those who drive the work themselves.
    pub fn step(&mut self) -> Result<bool, HistoryError> {
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        step(&self.shared, &mut tail)
    }
}

impl Worker for Indexer {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        self.durable.mark_unchanged();
        let (shared, tail) = (self.shared.clone(), self.tail.clone());
        let work = move || {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            step(&shared, &mut tail)
        };
        // A few records are in memory and take less time than changing threads.
        let durable = self.shared.journal.durable().0;
        let few = durable.saturating_sub(self.shared.visible.borrow().0) <= FEW;
        let done = if few { work() } else { cairn_task::blocking("history", work).await };
        match done {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to index the journal", error)),
        }
    }

    async fn wait(&mut self) {
        let full = self.shared.view().waiting.len() >= self.shared.settings.waiting_tables;
        tokio::select! {
            changed = self.durable.changed(), if !full => {
                if changed.is_err() {
                    // The journal is closed: nothing will ever come.
                    std::future::pending::<()>().await;
                }
            }
            () = self.shared.sealed.woken() => {}
        }
    }

    fn status(&self) -> Progress {
        let durable = self.shared.journal.durable();
        let lag = durable.0.saturating_sub(self.shared.visible.borrow().0);
        Progress { lag: Some(lag), detail: None }
    }
}

fn step(shared: &Shared, tail: &mut Option<Reader>) -> Result<bool, HistoryError> {
    if shared.must_start_over() {
        tracing::error!("event history starts over from the journal");
        shared.start_over()?;
        *tail = None;
    }
    let view = shared.view();
    if view.waiting.len() >= shared.settings.waiting_tables {
        return Ok(false);
    }
    let reader = tail.get_or_insert_with(|| shared.journal.reader(view.live.read().next()));
    match reader.next(BATCH) {
        Ok(Some(records)) => {
            add(shared, &records);
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(error) => {
            // Whatever the reader has skipped over is read again.
            *tail = None;
            Err(error.into())
        }
    }
}

fn add(shared: &Shared, records: &[Record]) {
    let since = shared.leave_out_before();
    for some in records.chunks(LOCKED) {
        let live = shared.view().live.clone();
        let mut memory = live.write();
        for record in some {
            memory.add(record.seq, record.account, record.event().as_deref(), since);
        }
        let limit = shared.settings.table_records;
        let full = memory.seen() >= limit || memory.links() >= limit * POSTINGS_PER_RECORD;
        let visible = Seq(memory.next().0 - 1);
        drop(memory);
        shared.visible.send_replace(visible);
        if full {
            shared.freeze();
        }
    }
}
