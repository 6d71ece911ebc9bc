//! The worker that writes rows into files.
//!
//! Files first, then one transaction: every table's metadata, the plan and the cursor change
//! together. A crash before it leaves files that nobody names; a crash after it leaves nothing to
//! be done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Seq, Timestamp};
use cairn_store::{PlanId, TagChange, Txn, cursor, lake_plan, lake_table, resource_tag};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use crate::LakeError;
use crate::commit::{self, Fate, Step, Turn};
use crate::iceberg::{Change, DataFile};
use crate::shared::Shared;
use crate::table::{Frozen, Live};
use crate::write;

/// The cursor's name in the store.
pub(crate) const CURSOR: &str = "lake";

/// What goes into files together.
pub(crate) struct Round {
    /// The last record that it covers.
    pub(crate) upto: Seq,
    /// Changes of stores that were met, and where.
    pub(crate) met: Vec<(PlanId, Seq)>,
    /// Stores that ended.
    pub(crate) dropped: Vec<String>,
    /// What became of tags, and when the last record came.
    pub(crate) tags: Arc<[TagChange]>,
    pub(crate) came: Timestamp,
    pub(crate) written: Vec<(Arc<Live>, Arc<Frozen>)>,
}

/// A table, its rows, and the files that they are in.
type Written = (Arc<Live>, Arc<Frozen>, Vec<DataFile>);
/// Changes of tables, with the rows that leave memory for files.
type Steps = Vec<(Step, Option<Arc<Frozen>>)>;

/// Writes one round after the other.
pub struct Flusher {
    shared: Arc<Shared>,
    /// Of a commit of which it is not known whether it was made: they keep their turns.
    unsure: Option<Steps>,
}

impl Flusher {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, unsure: None }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "lake-flush".into(),
            cadence: Duration::from_secs(1),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Writes the round that waits. False when none does.
    ///
    /// # Errors
    /// The round still waits then.
    pub async fn step(&mut self) -> Result<bool, LakeError> {
        let Some(round) = self.shared.round() else { return Ok(false) };
        let done = match self.unsure.take() {
            Some(steps) => self.resolve(&round, steps).await?,
            None => None,
        };
        let steps = match done {
            Some(steps) => steps,
            None => self.commit(&round).await?,
        };
        self.publish(&round, steps);
        self.shared.end_round();
        Ok(true)
    }

    /// The steps of a commit that failed, if they were made nevertheless.
    async fn resolve(&mut self, round: &Round, steps: Steps) -> Result<Option<Steps>, LakeError> {
        match self.was_made(round, &steps).await {
            Ok(true) => Ok(Some(steps)),
            Ok(false) => {
                withdraw(&self.shared, steps);
                Ok(None)
            }
            Err(error) => {
                self.unsure = Some(steps);
                Err(error)
            }
        }
    }

    /// All steps are of one transaction, which the cursor is of, too.
    async fn was_made(&self, round: &Round, steps: &Steps) -> Result<bool, LakeError> {
        let Some((first, _)) = steps.first() else { return Ok(false) };
        match first.fate(&self.shared.store).await? {
            Fate::Made => Ok(true),
            Fate::NotMade => Ok(false),
            Fate::Unknown => Ok(cursor::get(&self.shared.store, CURSOR).await? >= round.upto),
        }
    }

    async fn files(&self, round: &Round) -> Result<Vec<Written>, LakeError> {
        let mut files = Vec::with_capacity(round.written.len());
        for (table, frozen) in &round.written {
            if round.dropped.contains(&table.id) {
                continue;
            }
            match self.write(table, frozen).await {
                Ok(written) => files.push((table.clone(), frozen.clone(), written)),
                Err(error) => {
                    for (.., written) in &files {
                        write::discard(&self.shared, written);
                    }
                    return Err(error);
                }
            }
        }
        Ok(files)
    }

    async fn write(
        &self,
        table: &Arc<Live>,
        frozen: &Arc<Frozen>,
    ) -> Result<Vec<DataFile>, LakeError> {
        let (shared, table, frozen) = (self.shared.clone(), table.clone(), frozen.clone());
        let work = move || write::frozen(&shared, &table, &frozen.batches);
        cairn_task::blocking("lake-write", work).await
    }

    /// Until the transaction is to be committed, what fails leaves no file.
    async fn commit(&mut self, round: &Round) -> Result<Steps, LakeError> {
        let files = self.files(round).await?;
        let added: Vec<DataFile> = files.iter().flat_map(|(.., written)| written.clone()).collect();
        let mut steps = Steps::new();
        let txn = match self.stage(round, files, &mut steps).await {
            Ok(txn) => txn,
            Err(error) => {
                withdraw(&self.shared, steps);
                write::discard(&self.shared, &added);
                commit::catch_up(&self.shared, &error).await?;
                return Err(error);
            }
        };
        if let Err(error) = txn.commit().await {
            self.unsure = Some(steps);
            return Err(error.into());
        }
        Ok(steps)
    }

    /// Prepares what a round changes, and has a transaction name it.
    async fn stage(
        &self,
        round: &Round,
        files: Vec<Written>,
        steps: &mut Steps,
    ) -> Result<Txn, LakeError> {
        let shared = &self.shared;
        let mut written: BTreeMap<String, (Arc<Frozen>, Vec<DataFile>)> = BTreeMap::new();
        for (table, frozen, files) in files {
            written.insert(table.id.clone(), (frozen, files));
        }
        // Turns are taken in the order of the ids, so that nobody waits in a circle.
        for table in shared.tables() {
            let dropped = round.dropped.contains(&table.id);
            let (frozen, added) = match written.remove(&table.id) {
                Some((frozen, added)) => (Some(frozen), added),
                None => (None, Vec::new()),
            };
            if dropped || (added.is_empty() && table.exists()) {
                continue;
            }
            let summary = BTreeMap::from([("cairn.seq".to_owned(), round.upto.to_string())]);
            let change = Change { added, summary, ..Change::default() };
            let turn = Turn::take(&table).await;
            let step = cairn_task::blocking("lake-commit", {
                let shared = shared.clone();
                move || turn.prepare(&shared, change)
            });
            steps.push((step.await?, frozen));
        }
        let mut txn = shared.store.begin().await?;
        for (step, _) in steps {
            step.store(&mut txn).await?;
        }
        for id in &round.dropped {
            lake_table::drop(&mut txn, id).await?;
        }
        for (id, at) in &round.met {
            lake_plan::apply(&mut txn, *id, *at).await?;
        }
        resource_tag::apply(&mut txn, &round.tags).await?;
        resource_tag::expire(&mut txn, round.came).await?;
        cursor::advance(&mut txn, CURSOR, round.upto).await?;
        Ok(txn)
    }

    /// Nothing fails here: the rows are in files, and would be there twice.
    fn publish(&self, round: &Round, steps: Steps) {
        let shared = &self.shared;
        for (step, frozen) in steps {
            step.publish(shared, frozen.as_ref());
        }
        for id in &round.dropped {
            let files = shared.table(id).map(|table| table.view().files.clone());
            shared.drop_table(id);
            files.iter().flatten().for_each(|file| shared.cache.close(&file.location));
            shared.remove_folder(id);
        }
        tracing::debug!(upto = %round.upto, tables = round.written.len(), "rows are in files");
    }
}

fn withdraw(shared: &Shared, steps: Steps) {
    for (step, _) in steps {
        step.withdraw(shared);
    }
}

impl Worker for Flusher {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to write rows into files", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.handed.woken().await;
    }
}
