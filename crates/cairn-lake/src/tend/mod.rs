//! The worker that tends tables: joins small files, drops rows past their retention, forgets what
//! tables were long ago.

mod choose;
mod merge;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use cairn_store::lake_plan;
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use crate::LakeError;
use crate::commit::{self, Step, Turn};
use crate::iceberg::{Change, Expiry, TableError};
use crate::plan::horizon;
use crate::query;
use crate::shared::Shared;
use crate::table::{Live, TableFile};
use crate::write::discard;

const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;
/// Records that wait to become rows, at which files wait to be joined: what nobody sees yet is more
/// urgent than what is seen a little slower.
const BEHIND: u64 = 25_000;
/// Files of a day at which they do not wait any more: a query opens each.
const MANY: usize = 64;

/// Snapshots of a table, each of which every change writes down again: where rows go into files
/// every second, those of a quarter of an hour.
const SNAPSHOTS: usize = 1000;

/// Looks at one table after the other.
pub struct Tender {
    shared: Arc<Shared>,
}

impl Tender {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    pub fn spec(every: Duration) -> WorkerSpec {
        WorkerSpec {
            name: "lake-tend".into(),
            cadence: every,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Looks at all tables once. Whether something was done, so that it may pay to look again.
    ///
    /// # Errors
    /// What keeps a table from being changed; what was done before stands.
    pub async fn step(&mut self) -> Result<bool, LakeError> {
        let retention = self.retention().await?;
        let (mut done, mut failed) = (false, None);
        for table in self.shared.tables() {
            match self.tend(&table, retention.get(&table.id).copied()).await {
                Ok(more) => done |= more,
                // One table must not keep the others from being tended.
                Err(error) => {
                    tracing::warn!(store = table.id, %error, "a table cannot be tended");
                    failed = failed.or(Some(error));
                }
            }
        }
        failed.map_or(Ok(done), Err)
    }

    async fn tend(&self, table: &Arc<Live>, days: Option<u32>) -> Result<bool, LakeError> {
        let retained = match days {
            Some(days) => self.retain(table, days).await,
            None => Ok(false),
        };
        // Where one fails the others may do: on a full disk it is they who make room.
        let all = [retained, self.join(table).await, self.expire(table).await];
        all.into_iter().try_fold(false, |done, next| Ok(next? || done))
    }

    /// Days that events stay, by store. More of them hold as soon as they are asked for, fewer
    /// when the lake meets the record that says so.
    async fn retention(&self) -> Result<HashMap<String, u32>, LakeError> {
        let pending = lake_plan::pending(&self.shared.store).await?;
        let of = |step: lake_plan::LakeStep| (step.document.store, step.document.retention_days);
        let current = lake_plan::current(&self.shared.store).await?.into_iter().map(of);
        let mut days: HashMap<String, u32> = current.collect();
        for (store, asked) in pending.into_iter().map(of) {
            days.entry(store).and_modify(|days| *days = asked.max(*days));
        }
        Ok(days)
    }

    /// Drops the days that are past their retention.
    async fn retain(&self, table: &Arc<Live>, days: u32) -> Result<bool, LakeError> {
        let first = horizon(days, self.shared.clock.now()).millis() / MILLIS_PER_DAY;
        let view = table.view();
        let past = view.files.iter().filter(|file| i64::from(file.day) < first);
        let removed: BTreeSet<_> = past.map(|file| file.location.clone()).collect();
        if removed.is_empty() {
            return Ok(false);
        }
        tracing::info!(store = table.id, files = removed.len(), "rows are past their retention");
        let change = Change { removed, ..Change::default() };
        self.change(table, change).await
    }

    /// Joins files of one day that are small.
    async fn join(&self, table: &Arc<Live>) -> Result<bool, LakeError> {
        let view = table.view();
        let mut days: BTreeMap<i32, Vec<Arc<TableFile>>> = BTreeMap::new();
        for file in &view.files {
            days.entry(file.day).or_default().push(file.clone());
        }
        let today = self.shared.clock.now().millis().div_euclid(MILLIS_PER_DAY);
        let full = self.shared.settings.file_rows;
        let durable = self.shared.journal.durable();
        let behind = durable.0.saturating_sub(self.shared.visible.borrow().0) > BEHIND;
        let mut failed = None;
        for (day, files) in days {
            if behind && files.len() < MANY {
                continue;
            }
            let rows: Vec<u64> = files.iter().map(|file| file.rows).collect();
            let chosen = choose::choose(&rows, i64::from(day) < today, full);
            if chosen.is_empty() {
                continue;
            }
            let chosen: Vec<_> = chosen.into_iter().map(|at| files[at].clone()).collect();
            match self.join_files(table, chosen).await {
                Ok(_) => return Ok(true),
                // One bad file must not keep all other days from being joined.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(false), Err)
    }

    async fn join_files(
        &self,
        table: &Arc<Live>,
        chosen: Vec<Arc<TableFile>>,
    ) -> Result<bool, LakeError> {
        let removed = chosen.iter().map(|file| file.location.clone()).collect();
        let (shared, live) = (self.shared.clone(), table.clone());
        let full = shared.settings.file_rows;
        let work = move || merge::merge(&shared, &live, &chosen, full);
        let added = cairn_task::background("lake-merge", work).await?;
        self.change(table, Change { added, removed, ..Change::default() }).await
    }

    /// Forgets old snapshots, and removes the files that only they had.
    async fn expire(&self, table: &Arc<Live>) -> Result<bool, LakeError> {
        let (now, shared) = (self.shared.clock.now(), self.shared.clone());
        // What was a table's when a query began is read until the query ends.
        let longest = query::running(&shared).values().map(|run| run.gauge.term.elapsed()).max();
        let longest = longest.unwrap_or_default();
        let before = now.saturating_sub(shared.settings.keep_snapshots.max(longest));
        let expiry = Expiry { before, most: SNAPSHOTS, reading: now.saturating_sub(longest) };
        let turn = Turn::take(table).await;
        let Some(known) = turn.table().cloned() else { return Ok(false) };
        let work = move || known.expire(expiry, now, &*shared.entropy);
        let Some(pending) = cairn_task::blocking("lake-expire", work).await? else {
            return Ok(false);
        };
        self.make(table, turn.step(pending)).await
    }

    /// A file that is gone meanwhile makes the change void: whoever removed it knew better.
    async fn change(&self, table: &Arc<Live>, change: Change) -> Result<bool, LakeError> {
        let turn = Turn::take(table).await;
        let shared = self.shared.clone();
        let work = move || {
            let added = change.added.clone();
            turn.prepare(&shared, change).inspect_err(|_| discard(&shared, &added))
        };
        match cairn_task::blocking("lake-commit", work).await {
            Ok(step) => self.make(table, step).await,
            Err(LakeError::Table(TableError::Gone { .. })) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the change was made. It is not of a table that has gone meanwhile.
    async fn make(&self, table: &Arc<Live>, step: Step) -> Result<bool, LakeError> {
        let stored = match self.shared.store.begin().await {
            Ok(mut txn) => step.store(&mut txn).await.map(|()| txn),
            Err(error) => Err(error.into()),
        };
        let error = match stored {
            Ok(txn) => return step.settle(&self.shared, txn.commit().await).await.map(|()| true),
            Err(error) => error,
        };
        step.withdraw(&self.shared);
        if self.shared.table(&table.id).is_none() {
            self.shared.remove_folder(&table.id);
            return Ok(false);
        }
        commit::catch_up(&self.shared, &error).await?;
        Err(error)
    }
}

impl Worker for Tender {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to tend the lake's tables", error)),
        }
    }
}
