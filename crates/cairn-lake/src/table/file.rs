//! One data file of a table.

use std::sync::{Arc, OnceLock};

use cairn_journal::{Disk, DiskFile};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;

use crate::LakeError;

/// A data file that some view of the table has. Never changed; deleted only when nobody holds it.
pub(crate) struct TableFile {
    /// As the table's metadata names it: `s3://cairn-lake/…`.
    pub(crate) location: String,
    /// The directory that it lies in.
    dir: Arc<dyn Disk>,
    /// Its name there.
    name: String,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    /// Days since 1970-01-01, of all of its rows.
    pub(crate) day: i32,
    /// Of the stored columns.
    pub(crate) statistics: Arc<Statistics>,
    opened: OnceLock<Arc<dyn DiskFile>>,
}

/// What is known of a file without reading it.
pub(crate) struct Known {
    pub(crate) location: String,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    pub(crate) day: i32,
    pub(crate) statistics: Statistics,
}

impl TableFile {
    pub(crate) fn new(known: Known, dir: Arc<dyn Disk>, name: String) -> Self {
        let Known { location, bytes, rows, day, mut statistics } = known;
        statistics.num_rows = Precision::Exact(rows as usize);
        statistics.total_byte_size = Precision::Absent;
        Self {
            location,
            dir,
            name,
            bytes,
            rows,
            day,
            statistics: Arc::new(statistics),
            opened: OnceLock::new(),
        }
    }

    /// The file, opened at its first use.
    pub(crate) fn open(&self) -> std::io::Result<Arc<dyn DiskFile>> {
        if let Some(open) = self.opened.get() {
            return Ok(open.clone());
        }
        let file: Arc<dyn DiskFile> = self.dir.open(&self.name)?.into();
        Ok(self.opened.get_or_init(|| file).clone())
    }

    /// Takes the file's name away. Who has it open still reads it.
    pub(crate) fn delete(&self) -> Result<(), LakeError> {
        match self.dir.remove(&self.name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for TableFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableFile")
            .field("location", &self.location)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}
