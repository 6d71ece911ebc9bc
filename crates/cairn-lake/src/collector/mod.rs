//! The worker that follows the journal and makes rows visible.

mod batch;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cairn_core::{Seq, Timestamp};
use cairn_journal::Record;
use cairn_store::{PlanId, TagChange, cursor, lake_plan};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use crate::LakeError;
use crate::context::Tags;
use crate::flusher::{CURSOR, Round};
use crate::plan::{Plan, Watch};
use crate::shared::Shared;

/// Records taken from the journal at a time. They are of one block of it, and columns have room for
/// what a block may have.
const BATCH: usize = 4096;
/// Records for which changing threads would cost more than the work: they are in memory.
pub(crate) const FEW: u64 = 32;
/// Records that came so long ago become rows when there is nothing else to do, so that who asks
/// after a quiet while needs not wait for it. Under load they are in files before.
const RIPE: Duration = Duration::from_secs(5);
/// Tags that records changed, for each resource, which end a round: they are in memory until then,
/// and are written down in one transaction.
const CHANGED: usize = 20_000;
/// Records that no table takes go by so many at a time before the cursor follows them.
const PASSED: u64 = 200_000;

/// Sorts records into tables. What it holds in memory is made again from the journal after a crash.
pub struct Collector {
    shared: Arc<Shared>,
    durable: tokio::sync::watch::Receiver<Seq>,
    open: Option<Open>,
}

/// What a crash would take.
struct Open {
    /// Of the next record to be read.
    position: Seq,
    plan: Plan,
    /// As of the next record.
    tags: Arc<Tags>,
    /// What became of tags in the last round, which may be under way, and since then.
    rounds_changes: Arc<[TagChange]>,
    changes: Vec<TagChange>,
    /// Tags that these are about.
    changed: usize,
    /// When the last record came.
    came: Timestamp,
    /// Changes that were met since the last round, and where.
    met: Vec<(PlanId, Seq)>,
    /// Stores that ended since the last round.
    dropped: Vec<String>,
    /// Where the last round ended.
    round: Seq,
    /// When the first row since the last round came.
    first: Option<Duration>,
}

impl Collector {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let durable = shared.journal.watch_durable();
        Self { shared, durable, open: None }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "lake-collect".into(),
            cadence: Duration::from_secs(1),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Takes some records, or hands what came to be written. False when there is nothing to do.
    ///
    /// # Errors
    /// After an error everything that is not in files is read again from the journal.
    pub async fn step(&mut self) -> Result<bool, LakeError> {
        if self.shared.flushing() && self.shared.is_full() {
            return Ok(false);
        }
        let mut open = match self.open.take() {
            Some(open) => open,
            // What is being written belongs to the rows that would be read again.
            None if self.shared.flushing() => return Ok(false),
            None => self.start().await?,
        };
        let more = self.advance(&mut open).await?;
        self.open = Some(open);
        Ok(more)
    }

    async fn start(&self) -> Result<Open, LakeError> {
        let shared = &self.shared;
        // What is forgotten is not visible, and who ended may have been forgotten with it.
        shared.visible.send_replace(Seq::ZERO);
        shared.forgotten.fetch_add(1, Ordering::AcqRel);
        shared.ended.store(true, Ordering::Release);
        shared.forget();
        let plan = Plan::open(&shared.store).await?;
        for watch in plan.stores() {
            shared.table_of(&watch.document.store, watch.kind);
        }
        shared.demand.replace_lake(plan.matchers(), None);
        let after = cursor::get(&shared.store, CURSOR).await?;
        shared.visible.send_replace(after);
        let tags = Arc::new(Tags::open(&shared.store, plan.tags()).await?);
        Ok(Open {
            position: after.next(),
            plan,
            tags,
            rounds_changes: Arc::default(),
            changes: Vec::new(),
            changed: 0,
            came: Timestamp::EPOCH,
            met: Vec::new(),
            dropped: Vec::new(),
            round: after,
            first: None,
        })
    }

    async fn advance(&self, open: &mut Open) -> Result<bool, LakeError> {
        self.end_stores(open).await?;
        if self.is_due(open) && !self.shared.flushing() {
            self.hand_over(open);
            return Ok(true);
        }
        if open.changed > CHANGED {
            return Ok(false);
        }
        let Some(records) = self.read(open.position).await? else { return Ok(self.ripen().await) };
        self.take(open, &records).await?;
        if let Some(last) = records.last() {
            open.position = last.seq.next();
            open.came = last.ingested;
            self.shared.visible.send_replace(last.seq);
        }
        if open.first.is_none() && self.shared.held() > 0 {
            open.first = Some(self.shared.clock.elapsed());
        }
        Ok(true)
    }

    /// Whether what came should go into files now.
    fn is_due(&self, open: &Open) -> bool {
        let shared = &self.shared;
        let age = |first: Duration| shared.clock.elapsed().saturating_sub(first);
        let old = open.first.is_some_and(|first| age(first) >= shared.settings.flush_after);
        let passed = open.position.0.saturating_sub(open.round.0) > PASSED;
        let changed = open.changed > CHANGED || !open.met.is_empty() || !open.dropped.is_empty();
        old || passed || shared.is_full() || changed
    }

    fn hand_over(&self, open: &mut Open) {
        let upto = Seq(open.position.0 - 1);
        open.rounds_changes = std::mem::take(&mut open.changes).into();
        open.changed = 0;
        let round = Round {
            upto,
            met: std::mem::take(&mut open.met),
            dropped: std::mem::take(&mut open.dropped),
            tags: open.rounds_changes.clone(),
            came: open.came,
            written: self.shared.freeze(),
        };
        open.round = upto;
        open.first = None;
        self.shared.hand_over(round);
    }

    /// A store that ended has no record to be met: its step holds as soon as it is there.
    async fn end_stores(&self, open: &mut Open) -> Result<(), LakeError> {
        if !self.shared.ended.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        for step in lake_plan::pending(&self.shared.store).await? {
            let known = open.met.iter().any(|(id, _)| *id == step.id);
            if step.document.dropped && !known {
                open.dropped.push(step.document.store.clone());
                open.met.push((step.id, Seq(open.position.0 - 1)));
                open.plan.put(step.id, Watch::of(step.document)?);
            }
        }
        Ok(())
    }

    /// Makes rows of some records that wait for it. False when none do.
    async fn ripen(&self) -> bool {
        let Some(then) = self.shared.clock.elapsed().checked_sub(RIPE) else { return false };
        let tables = self.shared.tables();
        let Some(batch) = tables.iter().find_map(|table| table.unmade(then)) else { return false };
        cairn_task::blocking("lake-rows", move || _ = batch.rows()).await;
        true
    }

    async fn read(&self, from: Seq) -> Result<Option<Arc<[Record]>>, LakeError> {
        let mut reader = self.shared.journal.reader(from);
        let behind = self.shared.journal.durable().0.saturating_sub(from.0);
        if behind <= FEW {
            return Ok(reader.next(BATCH)?);
        }
        Ok(cairn_task::blocking("lake-read", move || reader.next(BATCH)).await?)
    }
}

impl Worker for Collector {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        self.durable.mark_unchanged();
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to put records into tables", error)),
        }
    }

    async fn wait(&mut self) {
        let waiting = self.shared.flushing();
        let many = self.open.as_ref().is_some_and(|open| open.changed > CHANGED);
        let full = self.shared.is_full() || many;
        tokio::select! {
            changed = self.durable.changed(), if !(waiting && full) => {
                if changed.is_err() {
                    // The journal is closed: nothing will ever come.
                    std::future::pending::<()>().await;
                }
            }
            () = self.shared.flushed.woken() => {}
        }
    }

    fn status(&self) -> Progress {
        let durable = self.shared.journal.durable();
        let lag = durable.0.saturating_sub(self.shared.visible.borrow().0);
        let held = self.shared.held() >> 20;
        Progress { lag: Some(lag), detail: Some(format!("{held} MiB of rows in memory")) }
    }
}
