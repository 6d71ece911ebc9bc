//! How queries read files: straight from the disk, with what they need to know kept in memory.

use std::ops::Range;
use std::sync::Arc;

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
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::ahead::{Ahead, Course};
use super::cache::Cache;
use super::file::TableFile;
use crate::{LakeError, schema};

/// Opens the files of one scan. The engine names a file by its place in `files`.
#[derive(Debug)]
pub(crate) struct Readers {
    pub(crate) files: Vec<Arc<TableFile>>,
    pub(crate) cache: Arc<Cache>,
    /// The columns that the engine is to know of, ascending.
    pub(crate) columns: Arc<[usize]>,
    /// How far behind a file is what is likely to be read next; `None` where it may be left out.
    pub(super) step: Option<usize>,
    pub(super) course: Arc<Course>,
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
        let file_at = |at: usize| place.and_then(|place| self.files.get(place + at)).cloned();
        let Some(file) = file_at(0) else {
            return Err(DataFusionError::Internal("a scan asks for a file that it has not".into()));
        };
        let following = self.step.and_then(file_at);
        let open = self.cache.open(&file)?;
        let metrics = ParquetFileMetrics::new(partition, file.location.name(), metrics);
        let (cache, columns) = (self.cache.clone(), self.columns.clone());
        let (course, ahead, footer) = (self.course.clone(), Ahead::default(), None);
        Ok(Box::new(Reader {
            file,
            following,
            open,
            cache,
            columns,
            footer,
            course,
            ahead,
            metrics,
        }))
    }
}

/// Reads one file. The pages of a warm file are in memory: handing each read to another thread
/// would take longer than the read.
struct Reader {
    file: Arc<TableFile>,
    /// What is likely to be read after it.
    following: Option<Arc<TableFile>>,
    open: Arc<dyn DiskFile>,
    cache: Arc<Cache>,
    columns: Arc<[usize]>,
    footer: Option<Arc<ParquetMetaData>>,
    course: Arc<Course>,
    ahead: Ahead,
    metrics: ParquetFileMetrics,
}

impl Reader {
    fn read(&self, range: &Range<u64>) -> parquet::errors::Result<Bytes> {
        if range.end > self.file.bytes || range.start > range.end {
            let (file, bytes) = (&self.file.location, self.file.bytes);
            let text = format!("{file} has {bytes} bytes, and {range:?} is asked for");
            return Err(ParquetError::General(text));
        }
        let bytes = self.open.read_range(range.start, (range.end - range.start) as usize)?;
        self.metrics.bytes_scanned.add(bytes.len());
        Ok(bytes.into())
    }

    fn read_all(&mut self, ranges: &[Range<u64>]) -> parquet::errors::Result<Vec<Bytes>> {
        let footer = self.metadata()?;
        self.ahead.read(&self.course, &footer, ranges, &*self.open);
        ranges.iter().map(|range| self.read(range)).collect()
    }

    fn metadata(&mut self) -> parquet::errors::Result<Arc<ParquetMetaData>> {
        if let Some(footer) = &self.footer {
            return Ok(footer.clone());
        }
        let source = Source { open: self.open.clone(), bytes: self.file.bytes };
        let footer = self.cache.narrow(&self.file, &self.columns, &source)?;
        self.footer = Some(footer.clone());
        Ok(footer)
    }

    /// The disk has something to do before the next file is opened, too.
    fn begin(&mut self, footer: &ParquetMetaData) {
        if !self.ahead.begin(&self.course, footer, &*self.open) {
            return;
        }
        // Who reads it says what is wrong with it.
        let Some(following) = self.following.take() else { return };
        let Ok(source) = Source::open(&following, &self.cache) else { return };
        let Ok(footer) = self.cache.narrow(&following, &self.columns, &source) else { return };
        Ahead::default().begin(&self.course, &footer, &*source.open);
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, parquet::errors::Result<Bytes>> {
        let read = self.read(&range);
        async move { read }.boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, parquet::errors::Result<Vec<Bytes>>> {
        let read = self.read_all(&ranges);
        async move { read }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, parquet::errors::Result<Arc<ParquetMetaData>>> {
        let metadata = self.metadata().inspect(|footer| self.begin(footer));
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
    let source = Source::open(file, cache)?;
    let metadata = cache.metadata(file, &source)?;
    let means = metadata.row_groups().iter().map(|group| bytes_of(group) / rows_of(group));
    let fit = usize::try_from(bytes / means.max().unwrap_or(0).max(1)).unwrap_or(rows);
    let stored = schema::stored(kind);
    let own = stored.fields().len() - schema::copies(kind);
    let held = metadata.file_metadata().schema_descr().root_schema().get_fields().len();
    let held: Vec<usize> = (0..held.min(stored.fields().len())).collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(stored.project(&held)?));
    let metadata = ArrowReaderMetadata::try_new(metadata, options)?;
    let columns = ProjectionMask::roots(metadata.parquet_schema(), 0..own);
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(source, metadata)
        .with_projection(columns)
        .with_batch_size(fit.clamp(1, rows))
        .build()?)
}

fn rows_of(group: &RowGroupMetaData) -> u64 {
    u64::try_from(group.num_rows()).unwrap_or(0).max(1)
}

/// What its rows are in memory, about: of texts that repeat, dictionaries have far fewer bytes.
fn bytes_of(group: &RowGroupMetaData) -> u64 {
    let texts = group.columns().iter().filter_map(|of| of.unencoded_byte_array_data_bytes());
    u64::try_from(group.total_byte_size().max(texts.sum())).unwrap_or(0)
}

/// A file as readers of all of it want it.
pub(super) struct Source {
    open: Arc<dyn DiskFile>,
    bytes: u64,
}

impl Source {
    pub(super) fn open(file: &TableFile, cache: &Cache) -> std::io::Result<Self> {
        Ok(Self { open: cache.open(file)?, bytes: file.bytes })
    }
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
        Ok(self.open.read_range(start, length)?.into())
    }
}
