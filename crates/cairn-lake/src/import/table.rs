//! Imported events go straight into files of a store's table.
//!
//! They are not in the journal: the bucket that they came from is their truth. Files are written
//! first, then one transaction takes the import's note and has the catalog name them.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use cairn_event::Event;
use cairn_ports::lake::TableSchema;
use cairn_store::import::{self, Note};

use super::fault::ImportError;
use super::{Sink, SinkAnswer};
use crate::LakeError;
use crate::commit::Turn;
use crate::iceberg::{Change, DataFile};
use crate::row::Rows;
use crate::shared::Shared;
use crate::table::Live;
use crate::write;

/// Rows that are made at a time: bounds the memory of builders.
const ROWS: usize = 8192;

/// The tables of the lake.
pub(crate) struct Tables {
    pub(crate) shared: Arc<Shared>,
}

impl Sink for Tables {
    fn bring<'a>(&'a self, store: &'a str, events: Vec<Event>, note: &'a Note) -> SinkAnswer<'a> {
        Box::pin(async move {
            let put = self.put(store, events, note).await;
            let failed = |error| ImportError::Table { store: store.to_owned(), error };
            put.map_err(|error| failed(Box::new(error)))
        })
    }
}

impl Tables {
    async fn put(&self, store: &str, events: Vec<Event>, note: &Note) -> Result<bool, LakeError> {
        let shared = &self.shared;
        let table = shared.table_of(store, TableSchema::Events);
        let (writer, written) = (shared.clone(), table.clone());
        let work = move || files(&writer, &written, &events);
        let added = cairn_task::blocking("lake-import", work).await?;
        if added.is_empty() {
            let mut txn = shared.store.begin().await?;
            let taken = import::note(&mut txn, note).await?;
            if taken {
                txn.commit().await?;
            }
            return Ok(taken);
        }
        let turn = Turn::take(&table).await;
        let (preparer, change) = (shared.clone(), Change { added, ..Change::default() });
        let work = move || turn.prepare(&preparer, change);
        let step = cairn_task::blocking("lake-commit", work).await?;
        let mut txn = shared.store.begin().await?;
        // A note that is not taken leaves files that nobody names.
        if !import::note(&mut txn, note).await? {
            return Ok(false);
        }
        step.store(&mut txn).await?;
        txn.commit().await?;
        step.publish(shared, None);
        Ok(true)
    }
}

fn files(shared: &Shared, table: &Live, events: &[Event]) -> Result<Vec<DataFile>, LakeError> {
    let mut batches: Vec<RecordBatch> = Vec::new();
    for some in events.chunks(ROWS) {
        let mut rows = Rows::new(table.kind);
        for event in some {
            if let Err(unfit) = rows.push(None, event.raw()) {
                tracing::warn!(id = &*event.id(), %unfit, "an imported record makes no row");
            }
        }
        if !rows.is_empty() {
            batches.push(rows.finish());
        }
    }
    write::days(shared, &table.id, table.kind, &batches)
}
