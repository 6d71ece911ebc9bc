//! A table that rows come to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use cairn_ports::lake::TableSchema;

use super::file::TableFile;
use super::view::{Frozen, View};
use crate::LakeError;
use crate::iceberg::Table;

/// Batches of more rows are not joined any more: queries read them as fast as larger ones.
const JOINED_ROWS: usize = 32_768;

/// One event data store's table, as of now.
pub(crate) struct Live {
    /// The event data store's id.
    pub(crate) id: String,
    pub(crate) kind: TableSchema,
    view: RwLock<Arc<View>>,
    /// Held by whoever replaces the view.
    turn: Mutex<()>,
    /// As the catalog names it; `None` until it is made. Locked by whoever changes the table.
    pub(crate) table: Arc<tokio::sync::Mutex<Option<Table>>>,
    exists: AtomicBool,
}

impl Live {
    pub(crate) fn new(id: String, kind: TableSchema, table: Option<Table>) -> Self {
        Self {
            id,
            kind,
            view: RwLock::default(),
            turn: Mutex::default(),
            exists: AtomicBool::new(table.is_some()),
            table: Arc::new(tokio::sync::Mutex::new(table)),
        }
    }

    /// Whether the catalog knows it.
    pub(crate) fn exists(&self) -> bool {
        self.exists.load(Ordering::Acquire)
    }

    /// Bytes of rows that came and are not being written.
    pub(crate) fn held(&self) -> usize {
        self.view().live.iter().map(|batch| batch.get_array_memory_size()).sum()
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes rows visible. Small batches are joined with their neighbours, so that a row is copied
    /// a few times at most and a view has few batches.
    pub(crate) fn add(&self, batch: RecordBatch) -> Result<(), LakeError> {
        let _turn = self.turn();
        let mut view = View::clone(&self.view());
        let mut last = Arc::new(batch);
        while let Some(before) = view.live.last()
            && before.num_rows() < last.num_rows().saturating_mul(2)
            && before.num_rows() + last.num_rows() <= JOINED_ROWS
        {
            let joined = concat_batches(&before.schema(), [&**before, &*last])?;
            view.live.pop();
            last = Arc::new(joined);
        }
        view.live.push(last);
        self.publish(view);
        Ok(())
    }

    /// Puts what came so far aside to be written; `None` if nothing did.
    pub(crate) fn freeze(&self) -> Option<Arc<Frozen>> {
        let _turn = self.turn();
        let mut view = View::clone(&self.view());
        if view.live.is_empty() {
            return None;
        }
        let frozen = Arc::new(Frozen { batches: std::mem::take(&mut view.live) });
        view.frozen.push(frozen.clone());
        self.publish(view);
        Some(frozen)
    }

    /// One step from one set of files to another; rows that were `written` leave memory with it.
    pub(crate) fn replace(&self, files: Vec<Arc<TableFile>>, written: Option<&Arc<Frozen>>) {
        let _turn = self.turn();
        let mut view = View::clone(&self.view());
        view.files = files;
        self.exists.store(true, Ordering::Release);
        view.frozen.retain(|frozen| written.is_none_or(|gone| !Arc::ptr_eq(frozen, gone)));
        self.publish(view);
    }

    /// Forgets what is in memory: it is read again from the journal.
    pub(crate) fn forget(&self) {
        let _turn = self.turn();
        let files = self.view().files.clone();
        self.publish(View { files, ..View::default() });
    }

    fn publish(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }

    fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
