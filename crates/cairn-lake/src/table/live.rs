//! A table that rows come to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use cairn_ports::lake::TableSchema;

use super::batch::Batch;
use super::file::TableFile;
use super::view::{Frozen, View};
use crate::LakeError;
use crate::iceberg::Table;

/// Batches of more rows are not joined any more: queries read them nearly as fast as larger ones,
/// and under load, when batches come as large as this, nothing is copied.
const JOINED_ROWS: usize = 4096;

/// Nor are those of more bytes, as columns hold up to 2 GiB.
const JOINED_BYTES: usize = 64 << 20;

/// Batches of about one size that are joined: a row is copied once for each power of it.
const JOINED: usize = 8;

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
        self.view().live.iter().map(|batch| batch.bytes()).sum()
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes rows visible. Small batches are joined with their neighbours, so that a row is copied
    /// a few times at most and a view has few batches.
    pub(crate) fn add(&self, batch: Arc<Batch>) -> Result<(), LakeError> {
        let _turn = self.turn();
        let mut view = View::clone(&self.view());
        view.live.push(batch);
        while let Some(first) = to_join(&view.live) {
            let parts = view.live.split_off(first);
            view.live.push(Arc::new(Batch::join(&parts)?));
        }
        self.publish(view);
        Ok(())
    }

    /// The first of the records that came before `then`, by the clock's `elapsed`, whose rows
    /// nobody asked for yet.
    pub(crate) fn unmade(&self, then: Duration) -> Option<Arc<Batch>> {
        let view = self.view();
        view.live.iter().find(|batch| batch.came() <= then && !batch.is_made()).cloned()
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

/// Where the batches begin that are to be one: the newest ones, if enough are of the last one's
/// size or smaller.
fn to_join(batches: &[Arc<Batch>]) -> Option<usize> {
    let power = |rows: usize| rows.max(1).ilog(JOINED);
    let last = batches.last()?.len();
    let alike = |batch: &&Arc<Batch>| {
        let is_small = batch.len() < JOINED_ROWS && batch.bytes() < JOINED_BYTES;
        is_small && power(batch.len()) <= power(last)
    };
    let count = batches.iter().rev().take_while(alike).count();
    (count >= JOINED).then(|| batches.len() - count)
}

#[cfg(test)]
mod tests {
    use arrow::array::{RecordBatch, RecordBatchOptions};
    use arrow::datatypes::Schema;

    use super::*;

    fn batch(rows: usize) -> Arc<Batch> {
        let rows = RecordBatchOptions::new().with_row_count(Some(rows));
        let rows = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &rows);
        Arc::new(Batch::of_rows(TableSchema::Events, rows.unwrap()))
    }

    #[test]
    fn views_have_few_batches_whatever_comes() {
        for sizes in [vec![1], vec![4096], vec![500], vec![1, 4096], vec![7, 700, 3, 90]] {
            let live = Live::new("store".to_owned(), TableSchema::Events, None);
            let mut rows = 0;
            for size in sizes.iter().cycle().take(20_000) {
                live.add(batch(*size)).unwrap();
                rows += size;
            }
            let view = live.view();
            assert_eq!(view.rows(), rows as u64);
            let large = view.live.iter().filter(|batch| batch.len() >= JOINED_ROWS).count();
            let (small, powers) = (view.live.len() - large, JOINED_ROWS.ilog(JOINED) as usize + 1);
            assert!(small < (large + 1) * powers * JOINED, "{small} small batches of {sizes:?}");
        }
    }
}
