//! How queries read files: straight from the disk, with what they need to know kept in memory.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use cairn_journal::DiskFile;
use cairn_ports::lake::TableSchema;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::ParquetFileMetrics;
use datafusion::error::{DataFusionError, Result};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};

use super::file::TableFile;
use super::narrow::narrow;
use crate::iceberg::Location;
use crate::{LakeError, schema};

/// The footers of files, the least used forgotten first.
#[derive(Debug)]
pub(crate) struct Cache {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    bytes: usize,
    uses: u64,
    footers: HashMap<Part, Footer>,
}

/// Of which file, and which of its columns; `None` for all.
type Part = (Location, Option<Arc<[usize]>>);

#[derive(Debug)]
struct Footer {
    metadata: Arc<ParquetMetaData>,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// Of so many bytes at the most.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    fn get(&self, part: &Part) -> Option<Arc<ParquetMetaData>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.uses += 1;
        let uses = state.uses;
        let footer = state.footers.get_mut(part)?;
        footer.used = uses;
        Some(footer.metadata.clone())
    }

    /// The footer of a file with its page index; read once for all row groups and queries.
    fn metadata(
        &self,
        file: &TableFile,
        source: &Source,
    ) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        let part = (file.location.clone(), None);
        if let Some(known) = self.get(&part) {
            return Ok(known);
        }
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Optional)
            .parse_and_finish(source)?;
        let metadata = Arc::new(metadata);
        self.put(part, &metadata);
        Ok(metadata)
    }

    /// The same of a few columns, which queries ask for again and again.
    fn narrow(
        &self,
        file: &TableFile,
        columns: &Arc<[usize]>,
        source: &Source,
    ) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        let part = (file.location.clone(), Some(columns.clone()));
        if let Some(known) = self.get(&part) {
            return Ok(known);
        }
        let metadata = Arc::new(narrow(&*self.metadata(file, source)?, columns)?);
        self.put(part, &metadata);
        Ok(metadata)
    }

    fn put(&self, part: Part, metadata: &Arc<ParquetMetaData>) {
        let bytes = metadata.memory_size();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.uses += 1;
        let footer = Footer { metadata: metadata.clone(), bytes, used: state.uses };
        state.bytes += bytes;
        if let Some(old) = state.footers.insert(part, footer) {
            state.bytes -= old.bytes;
        }
        while state.bytes > self.limit && state.footers.len() > 1 {
            let oldest = state.footers.iter().min_by_key(|(_, footer)| footer.used);
            let Some(oldest) = oldest.map(|(part, _)| part.clone()) else { break };
            if let Some(gone) = state.footers.remove(&oldest) {
                state.bytes -= gone.bytes;
            }
        }
    }
}

/// Opens the files of one scan. The engine names a file by its place in `files`.
#[derive(Debug)]
pub(crate) struct Readers {
    pub(crate) files: Vec<Arc<TableFile>>,
    pub(crate) cache: Arc<Cache>,
    /// The columns that the engine is to know of, ascending.
    pub(crate) columns: Arc<[usize]>,
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        partition: usize,
        part: PartitionedFile,
        _hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> Result<Box<dyn AsyncFileReader + Send>> {
        let place: Option<usize> = part.object_meta.location.as_ref().parse().ok();
        let Some(file) = place.and_then(|place| self.files.get(place)) else {
            return Err(DataFusionError::Internal("a scan asks for a file that it has not".into()));
        };
        let open = file.open()?;
        let metrics = ParquetFileMetrics::new(partition, file.location.name(), metrics);
        let (cache, columns) = (self.cache.clone(), self.columns.clone());
        Ok(Box::new(Reader { file: file.clone(), open, cache, columns, metrics }))
    }
}

/// Reads one file. The pages of a warm file are in memory: handing each read to another thread
/// would take longer than the read.
struct Reader {
    file: Arc<TableFile>,
    open: Arc<dyn DiskFile>,
    cache: Arc<Cache>,
    columns: Arc<[usize]>,
    metrics: ParquetFileMetrics,
}

impl Reader {
    fn read(&self, range: &Range<u64>) -> parquet::errors::Result<Bytes> {
        if range.end > self.file.bytes || range.start > range.end {
            let (file, bytes) = (&self.file.location, self.file.bytes);
            let text = format!("{file} has {bytes} bytes, and {range:?} is asked for");
            return Err(ParquetError::General(text));
        }
        let mut buffer = vec![0; (range.end - range.start) as usize];
        self.open.read_exact_at(&mut buffer, range.start)?;
        self.metrics.bytes_scanned.add(buffer.len());
        Ok(buffer.into())
    }

    fn metadata(&self) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        let source = Source { open: self.open.clone(), bytes: self.file.bytes };
        self.cache.narrow(&self.file, &self.columns, &source)
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let read = self.read(&range);
        async move { read }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let metadata = self.metadata();
        async move { metadata }.boxed()
    }
}

/// The rows of a file of [`schema::stored`], so many or about so many `bytes` of them at a time and
/// without the columns that copy others, for one who goes through all of them.
pub(crate) fn sorted_rows(
    kind: TableSchema,
    file: &TableFile,
    cache: &Cache,
    rows: usize,
    bytes: u64,
) -> std::result::Result<ParquetRecordBatchReader, LakeError> {
    let source = Source { open: file.open()?, bytes: file.bytes };
    let metadata = cache.metadata(file, &source)?;
    let means = metadata.row_groups().iter().map(|group| {
        u64::try_from(group.total_byte_size()).unwrap_or(0) / group.num_rows().max(1) as u64
    });
    let fit = usize::try_from(bytes / means.max().unwrap_or(0).max(1)).unwrap_or(rows);
    let options = ArrowReaderOptions::new().with_schema(schema::stored(kind));
    let metadata = ArrowReaderMetadata::try_new(metadata, options)?;
    let own = schema::stored(kind).fields().len() - schema::promotions(kind).len();
    let columns = ProjectionMask::roots(metadata.parquet_schema(), 0..own);
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(source, metadata)
        .with_projection(columns)
        .with_batch_size(fit.clamp(1, rows))
        .build()?)
}

/// A file as readers of all of it want it.
struct Source {
    open: Arc<dyn DiskFile>,
    bytes: u64,
}

impl parquet::file::reader::Length for Source {
    fn len(&self) -> u64 {
        self.bytes
    }
}

impl parquet::file::reader::ChunkReader for Source {
    type T = std::io::Cursor<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let length = self.bytes.saturating_sub(start) as usize;
        Ok(std::io::Cursor::new(self.get_bytes(start, length)?))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let mut buffer = vec![0; length];
        self.open.read_exact_at(&mut buffer, start)?;
        Ok(buffer.into())
    }
}
