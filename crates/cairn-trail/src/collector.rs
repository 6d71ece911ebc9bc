//! The worker that follows the journal and seals files at the end of every window.

mod batch;
mod commit;
mod window;

use std::sync::Arc;
use std::time::Duration;

use cairn_core::Seq;
use cairn_journal::Record;
use cairn_store::cursor;
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use self::window::Window;
use crate::TrailError;
use crate::plan::Plan;
use crate::shared::Shared;

/// The cursor's name in the store.
pub(crate) const CURSOR: &str = "delivery";
/// Records taken from the journal at a time.
const BATCH: usize = 4096;
/// Records for which changing threads would cost more than the work: they are in memory.
const FEW: u64 = 32;

/// Sorts records into files. What it holds in memory is made again from the journal after a crash.
pub struct Collector {
    shared: Arc<Shared>,
    durable: tokio::sync::watch::Receiver<Seq>,
    open: Option<Open>,
}

/// What a crash would take.
struct Open {
    /// Of the next record to be read.
    position: Seq,
    /// What was read already.
    ahead: Option<Arc<[Record]>>,
    plan: Plan,
    window: Window,
}

impl Collector {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let durable = shared.journal.watch_durable();
        Self { shared, durable, open: None }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "trail-collect".into(),
            cadence: Duration::from_secs(1),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Takes some records, or seals a window that is over. False when there is nothing to do.
    ///
    /// # Errors
    /// After an error everything that is not sealed is read again from the journal.
    pub async fn step(&mut self) -> Result<bool, TrailError> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.start().await?,
        };
        let more = self.advance(&mut open).await?;
        self.open = Some(open);
        Ok(more)
    }

    /// Files that are open, and bytes of them that are in memory.
    pub fn held(&self) -> (usize, usize) {
        let window = self.open.as_ref().map(|open| &open.window);
        window.map_or((0, 0), |window| (window.streams(), window.held_bytes()))
    }

    async fn start(&self) -> Result<Open, TrailError> {
        let shared = &self.shared;
        shared.sweep().await?;
        let plan = Plan::open(&shared.store).await?;
        shared.demand.replace_trails(plan.matchers(), None);
        let after = cursor::get(&shared.store, CURSOR).await?;
        let window = Window::open(shared, after);
        Ok(Open { position: Seq(after.0 + 1), ahead: None, plan, window })
    }

    async fn advance(&self, open: &mut Open) -> Result<bool, TrailError> {
        if open.window.is_over(&self.shared) {
            self.close(open).await?;
            return Ok(true);
        }
        let records = match open.ahead.take() {
            Some(records) => Some(records),
            None => self.read(open.position).await?,
        };
        let Some(records) = records else { return Ok(false) };
        if let Some(last) = records.last() {
            open.position = Seq(last.seq.0 + 1);
        }
        // The next ones are read while these are worked on.
        let next = self.read(open.position);
        let (taken, next) = futures_util::future::join(self.take(open, records), next).await;
        taken?;
        open.ahead = next?;
        Ok(true)
    }

    async fn read(&self, from: Seq) -> Result<Option<Arc<[Record]>>, TrailError> {
        let mut reader = self.shared.journal.reader(from);
        let behind = self.shared.journal.durable().0.saturating_sub(from.0);
        if behind <= FEW {
            return Ok(reader.next(BATCH)?);
        }
        Ok(cairn_task::blocking("trail-read", move || reader.next(BATCH)).await?)
    }
}

impl Worker for Collector {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        self.durable.mark_unchanged();
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to collect records for trails", error)),
        }
    }

    async fn wait(&mut self) {
        let left = self.open.as_ref().map(|open| open.window.left(&self.shared));
        tokio::select! {
            changed = self.durable.changed() => {
                if changed.is_err() {
                    // The journal is closed: nothing will ever come.
                    std::future::pending::<()>().await;
                }
            }
            () = self.shared.moved.woken() => {}
            () = tokio::time::sleep(left.unwrap_or(Duration::from_secs(1))) => {}
        }
    }

    fn status(&self) -> Progress {
        let durable = self.shared.journal.durable();
        let at = self.open.as_ref().map_or(0, |open| open.window.last().0);
        let lag = durable.0.saturating_sub(at);
        let (files, bytes) = self.held();
        let detail = (files > 0)
            .then(|| format!("{files} open files, {} KiB of them in memory", bytes >> 10));
        Progress { lag: Some(lag), detail }
    }
}
