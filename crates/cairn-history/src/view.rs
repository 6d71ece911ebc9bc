//! What a lookup looks at.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use cairn_core::Seq;

use crate::HistoryError;
use crate::catalogue::Catalogue;
use crate::lookup::Plan;
use crate::memtable::Memtable;
use crate::newest::Newest;
use crate::part::Part;
use crate::place::Window;

/// Everything that is indexed at one instant. Each record is in exactly one table or part: a table
/// and the part made of it change places in one step.
#[derive(Clone)]
pub(crate) struct View {
    /// The table that grows.
    pub(crate) live: Arc<Table>,
    /// Full tables that wait for their part, oldest first.
    pub(crate) waiting: Vec<Arc<Table>>,
    /// Those with the newest row first.
    pub(crate) parts: Vec<Arc<Part>>,
}

/// A table in memory. Only the indexer writes, and only to the live one.
pub(crate) struct Table(RwLock<Memtable>);

impl Table {
    pub(crate) fn new(memory: Memtable) -> Arc<Self> {
        Arc::new(Self(RwLock::new(memory)))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Memtable> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Memtable> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View {
    /// Nothing yet; the record `next` is expected first.
    pub(crate) fn empty(next: Seq) -> Self {
        Self { live: Table::new(Memtable::new(next)), waiting: Vec::new(), parts: Vec::new() }
    }

    pub(crate) fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.waiting.iter().chain([&self.live])
    }

    pub(crate) fn sort_parts(&mut self) {
        self.parts.sort_by_key(|part| std::cmp::Reverse((part.header.newest, part.header.id)));
    }

    /// Offers the matching rows of everything. Parts come in the order of their newest rows, so
    /// that most of the old ones are refused before anything of them is read.
    pub(crate) fn search(
        &self,
        plan: &Plan,
        window: &Window,
        newest: &mut Newest,
    ) -> Result<(), HistoryError> {
        for table in self.tables() {
            table.read().search(plan, window, newest)?;
        }
        for part in &self.parts {
            part.search(plan, window, newest)?;
        }
        Ok(())
    }

    /// Calls `each` with every catalogue.
    pub(crate) fn for_each_catalogue(&self, mut each: impl FnMut(&Catalogue)) {
        for table in self.tables() {
            each(table.read().catalogue());
        }
        for part in &self.parts {
            each(part.catalogue());
        }
    }
}
