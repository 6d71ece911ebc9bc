//! SQL over log files, with no server: everything in memory, and one table.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use cairn_core::Timestamp;
use cairn_ports::lake::{Refused, Row, TableSchema};
use cairn_task::Pool;
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use futures_util::StreamExt;
use parquet::arrow::ArrowWriter;

use crate::fault::{Fault, fault};
use crate::file::fitting;
use crate::render::Rows as Texts;
use crate::row::{NoRow, Rows};
use crate::table::{Batch, Cache, Provider, View};
use crate::{LakeError, engine, sql};

/// The id by which a statement names the files.
pub const FILES: &str = "00000000-0000-4000-8000-000000000000";
/// Rows, or bytes of their records, of one batch.
const BATCH: usize = 8192;
const BATCH_BYTES: usize = 64 << 20;
/// Memory of one query, in bytes.
const MEMORY: usize = 2 << 30;

/// Records of files, as rows of one table.
pub struct Files {
    rows: Rows,
    bytes: usize,
    batches: Vec<Arc<Batch>>,
    held: usize,
    limit: usize,
    count: u64,
}

/// What a statement gives.
#[derive(Debug)]
pub enum FilesError {
    Refused(Refused),
    /// The files hold more rows than may be in memory; so many bytes.
    Full(usize),
    /// Why it does not run on.
    Failed(String),
}

impl std::fmt::Display for FilesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::Full(limit) => {
                let mib = limit >> 20;
                write!(f, "the files hold more than {mib} MiB of rows; name fewer of them")
            }
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for FilesError {}

impl<E: Into<LakeError>> From<E> for FilesError {
    fn from(error: E) -> Self {
        match error.into() {
            LakeError::Engine(error) => Self::Failed(match fault(&error) {
                Fault::Caller(text) => text,
                Fault::Exhausted | Fault::Inside => error.find_root().strip_backtrace(),
            }),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl Files {
    /// Of so many bytes of rows at the most.
    pub fn new(limit: usize) -> Self {
        let rows = Rows::new(TableSchema::Events);
        Self { rows, bytes: 0, batches: Vec::new(), held: 0, limit, count: 0 }
    }

    /// Adds a record. False for what is no record with a time.
    ///
    /// # Errors
    /// `Full`.
    pub fn push(&mut self, record: &[u8]) -> Result<bool, FilesError> {
        match self.rows.push(None, record) {
            Ok(()) => {}
            Err(NoRow::Full) if !self.rows.is_empty() => {
                self.seal()?;
                return self.push(record);
            }
            Err(_) => return Ok(false),
        }
        self.count += 1;
        self.bytes += record.len();
        if self.rows.len() == BATCH || self.bytes >= BATCH_BYTES {
            self.seal()?;
        }
        Ok(true)
    }

    /// Records so far.
    pub fn count(&self) -> u64 {
        self.count
    }

    fn seal(&mut self) -> Result<(), FilesError> {
        if !self.rows.is_empty() {
            self.bytes = 0;
            let batch = self.rows.finish();
            self.held += batch.get_array_memory_size();
            self.batches.push(Arc::new(Batch::of_rows(TableSchema::Events, batch)));
        }
        if self.held > self.limit {
            return Err(FilesError::Full(self.limit));
        }
        Ok(())
    }

    /// The rows of a statement over the files; `now` is what `current_timestamp` is.
    ///
    /// # Errors
    /// What the statement may not be, or fails with.
    pub async fn query(
        &mut self,
        statement: &str,
        now: Timestamp,
        threads: usize,
    ) -> Result<(Vec<String>, Vec<Row>), FilesError> {
        self.seal()?;
        let view = View { live: self.batches.clone(), ..View::default() };
        let runtime =
            RuntimeEnv { memory_pool: Arc::new(FairSpillPool::new(MEMORY)), ..engine::runtime()? };
        let config = SessionConfig::new().with_target_partitions(threads);
        let session = sql::session(config, Arc::new(runtime))?;
        let parsed = sql::parse(statement).map_err(FilesError::Refused)?;
        let one = One { view: Arc::new(view) };
        let planned = cairn_task::fenced(async { sql::plan(&session, &parsed, &one, now) })
            .await
            .ok_or_else(broken)?
            .map_err(FilesError::Refused)?;
        let session = session.running(engine::call_bytes(MEMORY), Arc::new(|| false));
        let plan = engine::physical(&session, &planned.plan).await?;
        let context = Arc::new(TaskContext::from(&session));
        let pool = Pool::new("lake-files", threads)?;
        let labels = planned.labels.clone();
        let found: Arc<Mutex<Vec<Row>>> = Arc::default();
        let rows = found.clone();
        let work = pool.run(async move {
            let mut stream = execute_stream(plan, context)?;
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                let texts = Texts::new(&batch);
                let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                for at in 0..texts.len() {
                    rows.push(labels.iter().cloned().zip(texts.row(at)).collect());
                }
            }
            Ok::<(), DataFusionError>(())
        });
        let ended = work.done().await;
        ended.ok_or_else(broken)??;
        let rows = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((planned.labels, rows))
    }
}

/// Of a query that panicked.
fn broken() -> FilesError {
    FilesError::Failed("the query failed because of an internal error".to_owned())
}

/// One table, whatever it is called.
struct One {
    view: Arc<View>,
}

impl sql::Tables for One {
    fn table(&self, id: &str) -> Option<Arc<dyn TableProvider>> {
        let (view, cache) = (self.view.clone(), Arc::new(Cache::new(0)));
        Some(Arc::new(Provider::new(id.to_owned(), TableSchema::Events, view, cache)))
    }
}

/// Writes a result as a Parquet file, every column a text.
///
/// # Errors
/// Those of `out`.
pub fn write_parquet(
    labels: &[String],
    rows: &[Row],
    out: impl Write + Send,
) -> Result<(), LakeError> {
    // Columns of a file have names of their own; those of a result may be the same.
    let mut names: Vec<String> = Vec::with_capacity(labels.len());
    for label in labels {
        let (mut name, mut number) = (label.clone(), 1);
        while names.contains(&name) {
            number += 1;
            name = format!("{label}_{number}");
        }
        names.push(name);
    }
    let fields: Vec<Field> =
        names.iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let mut writer = ArrowWriter::try_new(out, schema.clone(), None)?;
    let text = |row: &Row| row.iter().filter_map(|(_, text)| text.as_ref()).map(String::len).sum();
    let mut rest = rows;
    while !rest.is_empty() {
        let fit = fitting(rest.iter().take(BATCH).map(text), BATCH_BYTES).max(1);
        let (some, behind) = rest.split_at(fit);
        rest = behind;
        let column = |at: usize| -> ArrayRef {
            let texts = some.iter().map(|row| row.get(at).and_then(|(_, text)| text.as_deref()));
            Arc::new(texts.collect::<StringArray>())
        };
        let columns = (0..labels.len()).map(column).collect();
        writer.write(&RecordBatch::try_new(schema.clone(), columns)?)?;
    }
    writer.close()?;
    Ok(())
}

/// The columns of a kind of store, as SQL shows them, with their types.
pub fn columns(kind: TableSchema) -> Vec<(String, String)> {
    let schema = crate::schema::logical(kind);
    let of = |field: &Arc<Field>| (field.name().clone(), crate::function::type_name(field));
    schema.fields().iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray;
    use bytes::Bytes;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    #[tokio::test]
    async fn long_records_are_in_batches_of_few_and_none_is_left_out() {
        let long = "x".repeat(1 << 20);
        let mut files = Files::new(1 << 30);
        for number in 0..150 {
            let time = "2026-04-18T07:00:00Z";
            let text = format!(r#"{{"eventTime":"{time}","eventID":"{number}","long":"{long}"}}"#);
            assert!(files.push(text.as_bytes()).unwrap());
        }
        assert!(!files.push(b"{}").unwrap());
        let statement = format!("SELECT count(DISTINCT eventID) FROM {FILES}");
        let now = Timestamp::from_seconds(0);
        let (_, rows) = files.query(&statement, now, 2).await.unwrap();
        assert_eq!(rows[0][0].1.as_deref(), Some("150"));
        assert_eq!((files.count(), files.batches.len()), (150, 3));
    }

    #[test]
    fn long_results_are_written_whole() {
        let row = |at: usize| vec![("a".to_owned(), Some(format!("{at}").repeat(1 << 20)))];
        let rows: Vec<Row> = (0..100).map(row).collect();
        let mut out = Vec::new();
        write_parquet(&["a".to_owned()], &rows, &mut out).unwrap();
        let read = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(out)).unwrap();
        let mut texts = Vec::new();
        for batch in read.with_batch_size(10).build().unwrap() {
            let batch = batch.unwrap();
            let column = batch.column(0).as_string::<i32>();
            texts.extend(column.iter().map(|text| text.map(str::to_owned)));
        }
        assert!(texts.into_iter().eq(rows.into_iter().map(|mut row| row.remove(0).1)));
    }
}
