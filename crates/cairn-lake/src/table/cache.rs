//! What is kept in memory of files.

use std::io;
use std::sync::Arc;

use cairn_core::Lru;
use cairn_journal::DiskFile;
use parquet::bloom_filter::Sbbf;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::file::TableFile;
use super::narrow::narrow;
use super::reader::Source;
use crate::iceberg::Location;

/// The filter of each row group that has one.
pub(super) type Filters = Arc<[Option<Sbbf>]>;
/// Of which file, and which of its columns; `None` for all.
type Part = (Location, Option<Arc<[usize]>>);

/// Files that stay open: a table of many years has more than a process may have.
const OPEN_FILES: usize = 256;

/// Open files, footers, and filters of columns.
pub(crate) struct Cache {
    open: Lru<Location, Arc<dyn DiskFile>>,
    footers: Lru<Part, Arc<ParquetMetaData>>,
    /// By the place of the column among the file's leaves.
    filters: Lru<(Location, usize), Filters>,
}

impl Cache {
    /// So many bytes of each at the most.
    pub(crate) fn new(limit: usize) -> Self {
        let open = Lru::new(OPEN_FILES);
        Self { open, footers: Lru::new(limit), filters: Lru::new(limit) }
    }

    /// The file, which stays open until others were used since.
    pub(super) fn open(&self, file: &TableFile) -> io::Result<Arc<dyn DiskFile>> {
        if let Some(open) = self.open.get(&file.location) {
            return Ok(open);
        }
        let open = file.open()?;
        self.open.put(file.location.clone(), open.clone(), 1);
        Ok(open)
    }

    /// A file that is removed takes its place on the disk until nobody has it open.
    pub(crate) fn close(&self, location: &Location) {
        self.open.remove(location);
    }

    /// The footer of a file with its page index; read once for all row groups and queries.
    pub(super) fn metadata(
        &self,
        file: &TableFile,
        source: &Source,
    ) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        if let Some(known) = self.known(file) {
            return Ok(known);
        }
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .parse_and_finish(source)?;
        let metadata = Arc::new(metadata);
        self.put((file.location.clone(), None), &metadata);
        Ok(metadata)
    }

    /// The footer, if it was read before.
    pub(super) fn known(&self, file: &TableFile) -> Option<Arc<ParquetMetaData>> {
        self.footers.get(&(file.location.clone(), None))
    }

    /// The footer with a few columns, which queries ask for again and again.
    pub(super) fn narrow(
        &self,
        file: &TableFile,
        columns: &Arc<[usize]>,
        source: &Source,
    ) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        let part = (file.location.clone(), Some(columns.clone()));
        if let Some(known) = self.footers.get(&part) {
            return Ok(known);
        }
        let metadata = Arc::new(narrow(&*self.metadata(file, source)?, columns)?);
        self.put(part, &metadata);
        Ok(metadata)
    }

    fn put(&self, part: Part, metadata: &Arc<ParquetMetaData>) {
        self.footers.put(part, metadata.clone(), metadata.memory_size());
    }

    /// The filters of a column are about to be asked for: the disk is told of those that are not in
    /// memory. Who asks for many files' does this for all before the first, or waits for each.
    pub(super) fn expect_filters(&self, file: &TableFile, footer: &ParquetMetaData, leaf: usize) {
        if self.filters.get(&(file.location.clone(), leaf)).is_some() {
            return;
        }
        // Who reads them says what is wrong with the file.
        let Ok(file) = self.open(file) else { return };
        for group in footer.row_groups().iter().map(|group| group.column(leaf)) {
            let place = (group.bloom_filter_offset(), group.bloom_filter_length());
            if let (Some(start), Some(length)) = place {
                file.read_ahead(start.unsigned_abs(), length.unsigned_abs().into());
            }
        }
    }

    /// The filters of a column.
    pub(super) fn filters(
        &self,
        file: &TableFile,
        footer: &ParquetMetaData,
        leaf: usize,
    ) -> parquet::errors::Result<Filters> {
        let part = (file.location.clone(), leaf);
        if let Some(known) = self.filters.get(&part) {
            return Ok(known);
        }
        let source = Source::open(file, self)?;
        let groups = footer.row_groups().iter();
        let read = groups.map(|group| Sbbf::read_from_column_chunk(group.column(leaf), &source));
        let filters: Filters = read.collect::<parquet::errors::Result<_>>()?;
        let blocks: usize = filters.iter().flatten().map(Sbbf::num_blocks).sum();
        self.filters.put(part, filters.clone(), blocks * BLOCK + size_of_val(&*filters));
        Ok(filters)
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}

/// Bytes of a block of a filter, by its specification.
const BLOCK: usize = 32;
