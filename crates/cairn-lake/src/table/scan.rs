//! How the engine is told to read files.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Fields, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{Result, ScalarValue, Statistics};
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_plan::ExecutionPlan;

use super::cache::Cache;
use super::filters::Chosen;
use super::known::{Known, at_place};
use super::reader::Readers;
use crate::file::has_dictionary;
use crate::schema::EVENT_TIME;
use crate::tally::coded;

/// Where the engine looks for files. It never reads from there: [`Readers`] do.
pub(crate) const STORE_URL: &str = "lake://tables";

/// Bytes of a value in memory, roughly.
const VALUE_BYTES: usize = 32;

/// What is read of a table's files. The engine knows of no other columns.
pub(super) struct Scan<'a> {
    /// All columns that files have.
    pub(super) stored: &'a Schema,
    /// Those that are read, by their places in `stored`, in the order of the result.
    pub(super) columns: &'a [usize],
    pub(super) cache: &'a Arc<Cache>,
    pub(super) limit: Option<usize>,
    /// Columns that conditions only compare with values.
    pub(super) compared: &'a HashSet<String>,
}

impl Scan<'_> {
    pub(super) fn files(
        &self,
        session: &dyn Session,
        chosen: Chosen,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        // Who asks for some events asks for the newest: when those are found, older files are left
        // out. Of a day, the largest file comes first, so that threads end together.
        let Chosen { mut parts, asked } = chosen;
        parts.sort_by_key(|part| Reverse((part.file.day, part.file.rows)));
        let kept = self.kept();
        let schema: SchemaRef = Arc::new(self.stored.project(&kept)?);
        let as_read = as_read(&schema, |name| self.compared.contains(name));
        let lanes = session.config().target_partitions().clamp(1, parts.len().max(1));
        let mut groups: Vec<FileGroup> = vec![FileGroup::default(); lanes];
        let mut statistics = Vec::with_capacity(parts.len());
        let mut files = Vec::with_capacity(parts.len());
        let chosen = self.limit.is_some() || parts.iter().any(|part| part.groups.is_some());
        let step = (!chosen).then_some(lanes);
        for (at, part) in parts.into_iter().enumerate() {
            let of_file = narrow(&part.file.statistics, &kept);
            let mut read = PartitionedFile::new(at.to_string(), part.file.bytes)
                .with_arrow_schema(at_place(&as_read, at))
                .with_statistics(Arc::new(time_only(&schema, &of_file)));
            if let Some(groups) = part.groups {
                read = read.with_extension(groups);
            }
            statistics.push(Arc::new(of_file));
            files.push(part.file);
            groups[at % lanes].push(read);
        }
        let rows = files.iter().map(|file| file.rows).sum();
        let order = self.columns.iter().filter_map(|at| kept.binary_search(at).ok()).collect();
        let (cache, course) = (self.cache.clone(), Arc::default());
        let readers = Readers { files, cache, columns: kept.into(), step, course };
        let source = source(session, schema.clone(), readers, !asked);
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE_URL)?, source)
            .with_file_groups(groups)
            .with_statistics(size(&schema, rows))
            .with_limit(self.limit)
            .with_projection_indices(Some(order))?
            .with_expr_adapter(Some(Arc::new(Known { statistics })))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// The columns in the order of files. A file without any column could not be read, though
    /// counting rows needs none.
    fn kept(&self) -> Vec<usize> {
        let mut kept = self.columns.to_vec();
        kept.sort_unstable();
        kept.dedup();
        if kept.is_empty() {
            kept.push(0);
        }
        kept
    }
}

/// Texts that files hold as numbers into a dictionary are read as those where they are asked for by
/// name: conditions are asked of numbers, and only rows that are left get texts of their own.
fn as_read(columns: &Schema, wanted: impl Fn(&str) -> bool) -> Schema {
    let fields = columns.fields().iter().map(|field| {
        let is_text = field.data_type() == &DataType::Utf8;
        if !is_text || !has_dictionary(field.name()) || !wanted(field.name()) {
            return field.clone();
        }
        Arc::new(field.as_ref().clone().with_data_type(coded()))
    });
    Schema::new_with_metadata(fields.collect::<Fields>(), columns.metadata().clone())
}

/// Whether a column is read so already.
pub(crate) fn is_coded(files: &FileGroup, column: &str) -> bool {
    files.iter().all(|file| {
        let field = file.arrow_schema.as_ref().and_then(|of| of.field_with_name(column).ok());
        field.is_some_and(|field| field.data_type() == &coded())
    })
}

/// Files of a scan that are to be read so.
pub(crate) fn read_coded(files: &FileGroup, columns: &[String]) -> FileGroup {
    let wanted = |name: &str| columns.iter().any(|column| column == name);
    let files = files.iter().cloned().map(|mut file| {
        file.arrow_schema = file.arrow_schema.map(|schema| Arc::new(as_read(&schema, wanted)));
        file
    });
    FileGroup::new(files.collect())
}

fn source(
    session: &dyn Session,
    schema: SchemaRef,
    readers: Readers,
    filters: bool,
) -> Arc<ParquetSource> {
    let mut options = TableParquetOptions::new();
    options.global = session.config_options().execution.parquet.clone();
    let source = ParquetSource::new(schema)
        .with_table_parquet_options(options)
        .with_pushdown_filters(true)
        .with_enable_page_index(true)
        .with_bloom_filter_on_read(filters)
        .with_parquet_file_reader_factory(Arc::new(readers));
    Arc::new(source)
}

/// How much a scan is beside others, by which joins choose the side that they keep in memory.
fn size(columns: &Schema, rows: u64) -> Statistics {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let bytes = rows.saturating_mul(columns.fields().len()).saturating_mul(VALUE_BYTES);
    Statistics {
        num_rows: Precision::Inexact(rows),
        total_byte_size: Precision::Inexact(bytes),
        ..Statistics::new_unknown(columns)
    }
}

/// What the engine is told of a file: when its events were. Of a sort by time with a limit it may
/// then leave files out while it runs; all else was looked at before ([`super::bounds`]), and would
/// be looked at again as each file is opened.
fn time_only(columns: &Schema, of_file: &Statistics) -> Statistics {
    let exact = |bound: &Precision<ScalarValue>| match bound {
        Precision::Inexact(value) => Precision::Exact(value.clone()),
        other => other.clone(),
    };
    let mut told = Statistics::new_unknown(columns);
    told.num_rows = of_file.num_rows;
    if let Ok(at) = columns.index_of(EVENT_TIME)
        && let Some(known) = of_file.column_statistics.get(at)
    {
        told.column_statistics[at].null_count = known.null_count;
        told.column_statistics[at].min_value = exact(&known.min_value);
        told.column_statistics[at].max_value = exact(&known.max_value);
    }
    told
}

fn narrow(whole: &Statistics, columns: &[usize]) -> Statistics {
    let of = |at: &usize| whole.column_statistics.get(*at).cloned().unwrap_or_default();
    Statistics {
        num_rows: whole.num_rows,
        total_byte_size: whole.total_byte_size,
        column_statistics: columns.iter().map(of).collect(),
    }
}
