//! What a table is at one moment.

use std::sync::Arc;

use super::batch::Batch;
use super::file::TableFile;

/// A table at one moment: every row is in exactly one of its parts. Replaced as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// What the table's metadata lists.
    pub(crate) files: Vec<Arc<TableFile>>,
    /// What is being written to files, oldest first.
    pub(crate) frozen: Vec<Arc<Frozen>>,
    /// What came since, in the order of the journal.
    pub(crate) live: Vec<Arc<Batch>>,
}

/// Records on their way into files.
#[derive(Debug, Default)]
pub(crate) struct Frozen {
    pub(crate) batches: Vec<Arc<Batch>>,
}

impl View {
    /// What is in memory.
    pub(crate) fn memory(&self) -> impl Iterator<Item = &Arc<Batch>> {
        self.frozen.iter().flat_map(|frozen| &frozen.batches).chain(&self.live)
    }

    pub(crate) fn rows(&self) -> u64 {
        let files: u64 = self.files.iter().map(|file| file.rows).sum();
        files + self.memory().map(|batch| batch.len() as u64).sum::<u64>()
    }
}
