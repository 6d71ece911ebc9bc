//! The table of a store, as imports see it: files first, then one transaction that names them and
//! says whose they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_event::Event;
use cairn_ports::lake::TableSchema;
use cairn_store::import::{self, Note};
use cairn_store::{Txn, event_data_store};

use super::fault::ImportError;
use super::sink::{Sink, SinkAnswer};
use crate::commit::{self, Step, Turn};
use crate::file::Packing;
use crate::iceberg::{Change, DataFile};
use crate::plan::kind;
use crate::row::{NoRow, Rows};
use crate::shared::Shared;
use crate::table::Live;
use crate::{LakeError, write};

/// Tables of the lake.
pub(super) struct Tables {
    shared: Arc<Shared>,
}

impl Tables {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// A crash before the commit leaves files that nobody names, which the next start removes.
    async fn commit(
        &self,
        store: &str,
        events: Vec<Event>,
        note: &Note,
    ) -> Result<bool, LakeError> {
        let shared = &self.shared;
        if events.is_empty() {
            let mut txn = shared.store.begin().await?;
            let taken = import::note(&mut txn, note).await?;
            if taken {
                txn.commit().await?;
            }
            return Ok(taken);
        }
        let kind = kind(event_data_store::by_id(&shared.store, store).await?.schema);
        let live = shared.table_of(store, kind);
        let added = self.write(&live, kind, events).await?;
        let step = self.prepare(&live, added).await?;
        match self.store(&step, note).await {
            Ok(Some(txn)) => step.settle(shared, txn.commit().await).await.map(|()| true),
            Ok(None) => {
                step.withdraw(shared);
                Ok(false)
            }
            Err(error) => {
                step.withdraw(shared);
                commit::catch_up(shared, &error).await?;
                Err(error)
            }
        }
    }

    /// `None` where the import runs no more.
    async fn store(&self, step: &Step, note: &Note) -> Result<Option<Txn>, LakeError> {
        let mut txn = self.shared.store.begin().await?;
        if !import::note(&mut txn, note).await? {
            return Ok(None);
        }
        step.store(&mut txn).await?;
        Ok(Some(txn))
    }

    async fn write(
        &self,
        live: &Arc<Live>,
        kind: TableSchema,
        events: Vec<Event>,
    ) -> Result<Vec<DataFile>, LakeError> {
        let (shared, live) = (self.shared.clone(), live.clone());
        cairn_task::blocking("import-write", move || {
            let batches = rows(kind, &events)?;
            // The text is not needed any more, and writing takes memory.
            drop(events);
            let packing = Packing::Zstd(shared.settings.level);
            write::days(&shared, &live.id, kind, &batches, packing)
        })
        .await
    }

    async fn prepare(&self, live: &Arc<Live>, added: Vec<DataFile>) -> Result<Step, LakeError> {
        let turn = Turn::take(live).await;
        let shared = self.shared.clone();
        let summary = BTreeMap::from([("cairn.import".to_owned(), "true".to_owned())]);
        let change = Change { added, summary, ..Change::default() };
        let work = move || {
            let added = change.added.clone();
            turn.prepare(&shared, change).inspect_err(|_| write::discard(&shared, &added))
        };
        cairn_task::blocking("import-commit", work).await
    }
}

impl Sink for Tables {
    fn bring<'a>(&'a self, store: &'a str, events: Vec<Event>, note: &'a Note) -> SinkAnswer<'a> {
        Box::pin(async move {
            self.commit(store, events, note).await.map_err(|error| match error {
                LakeError::Store(error) => ImportError::Store(error),
                error => ImportError::Table { store: store.to_owned(), error: error.into() },
            })
        })
    }
}

/// The events as rows that have no place in the journal.
fn rows(
    kind: TableSchema,
    events: &[Event],
) -> Result<Vec<arrow::record_batch::RecordBatch>, LakeError> {
    let mut rows = Rows::new(kind);
    let mut batches = Vec::new();
    for event in events {
        match rows.push(None, event.raw()) {
            Ok(()) => continue,
            Err(NoRow::Full) => batches.push(rows.finish()),
            Err(error) => return Err(no_row(&error)),
        }
        rows.push(None, event.raw()).map_err(|error| no_row(&error))?;
    }
    if !rows.is_empty() {
        batches.push(rows.finish());
    }
    Ok(batches)
}

/// Every event was read as a record before.
fn no_row(error: &NoRow) -> LakeError {
    LakeError::Damaged { what: "an event of an import".to_owned(), why: error.to_string() }
}
