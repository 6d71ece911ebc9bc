//! The worker that writes rows into files.
//!
//! Files first, then one transaction: every table's metadata, the plan and the cursor change
//! together. A crash before it leaves files that nobody names; a crash after it leaves nothing to
//! be done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Seq, Timestamp};
use cairn_store::{PlanId, TagChange, cursor, lake_plan, lake_table, resource_tag};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use crate::LakeError;
use crate::commit::{Step, Turn};
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

/// Writes one round after the other.
pub struct Flusher {
    shared: Arc<Shared>,
}

impl Flusher {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
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
        self.commit(&round, files).await?;
        self.shared.end_round();
        Ok(true)
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

    async fn commit(
        &self,
        round: &Round,
        files: Vec<(Arc<Live>, Arc<Frozen>, Vec<DataFile>)>,
    ) -> Result<(), LakeError> {
        let shared = &self.shared;
        let mut written: BTreeMap<String, (Arc<Frozen>, Vec<DataFile>)> = BTreeMap::new();
        for (table, frozen, files) in files {
            written.insert(table.id.clone(), (frozen, files));
        }
        // Turns are taken in the order of the ids, so that nobody waits in a circle.
        let mut steps: Vec<(Step, Option<Arc<Frozen>>)> = Vec::new();
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
        for (step, _) in &steps {
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
        txn.commit().await?;
        for (step, frozen) in steps {
            step.publish(shared, frozen.as_ref());
        }
        for id in &round.dropped {
            shared.drop_table(id);
            shared.home.remove_table(id)?;
        }
        tracing::debug!(upto = %round.upto, tables = round.written.len(), "rows are in files");
        Ok(())
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
