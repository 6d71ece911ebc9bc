use std::path::Path;

use arrow::record_batch::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use cairn_journal::{Disk, FileDisk};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::object_store::memory::InMemory;
use datafusion::prelude::{SessionConfig, SessionContext};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};

use super::*;
use crate::file::{Merge, Sorted};
use crate::iceberg::{DataFile, Home, Location, Schema};
use crate::row::Rows;
use crate::table::cache::Cache;
use crate::table::file::TableFile;
use crate::table::view::View;
use crate::table::{Batch, Provider, STORE_URL, sorted_rows};
use crate::tally::Count;

const KIND: TableSchema = TableSchema::Events;
const STORE: &str = "11111111-2222-4333-8444-555555555555";
const DAY: i32 = 20_561;

/// Sorted rows, whose buckets end with `end`.
fn rows(end: &str) -> RecordBatch {
    let mut rows = Rows::new(KIND);
    for second in 0..40 {
        let name = if second < 20 { "GetBucketAcl" } else { "RunInstances" };
        let parameters = match second % 3 {
            0 => "null".to_owned(),
            1 => format!(r#"{{"bucketName":"bucket-{}-{end}"}}"#, second % 2),
            _ => r#"{"instanceType":"m5.large","key":"bucketName"}"#.to_owned(),
        };
        let (time, id) = (format!("2026-04-18T00:00:{:02}Z", second % 20), second);
        let record = format!(
            r#"{{"eventTime":"{time}","eventName":"{name}","requestParameters":{parameters},
            "eventID":"{id:02}-{end}"}}"#
        );
        rows.push(None, record.as_bytes()).unwrap();
    }
    rows.finish()
}

/// A file with the first `held` columns.
fn file(home: &Home, end: &str, held: usize) -> Arc<TableFile> {
    let kept: Vec<usize> = (0..held).collect();
    let with_ids = schema::with_ids(KIND);
    let columns = ArrowSchemaConverter::new().convert(&with_ids.project(&kept).unwrap()).unwrap();
    let options =
        ArrowWriterOptions::new().with_skip_arrow_metadata(true).with_parquet_schema(columns);
    let rows = rows(end).project(&kept).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new_with_options(&mut bytes, rows.schema(), options).unwrap();
    writer.write(&rows).unwrap();
    let footer = writer.finish().unwrap();
    drop(writer);
    let name = format!("{end}.parquet");
    let file = home.day(STORE, DAY).unwrap().create(&name, 0).unwrap();
    file.write_all_at(&bytes, 0).unwrap();
    let location = Location::data(STORE, DAY, &name);
    let columns = Schema::from_arrow(&with_ids).unwrap();
    let described = DataFile::describe(location, DAY, bytes.len() as u64, &footer, &columns);
    let file = TableFile::new(home.clone(), KIND, &described);
    assert_eq!(file.held, held);
    Arc::new(file)
}

fn home(dir: &Path) -> Home {
    Home::new(Arc::new(FileDisk::open(dir).unwrap()) as Arc<dyn Disk>)
}

fn all() -> usize {
    schema::stored(KIND).fields().len()
}

async fn answer(files: Vec<Arc<TableFile>>, live: Vec<RecordBatch>, statement: &str) -> String {
    let live = live.into_iter().map(|rows| Arc::new(Batch::of_rows(KIND, rows))).collect();
    let view = Arc::new(View { files, live, ..View::default() });
    let mut config = SessionConfig::new().with_target_partitions(2);
    config.options_mut().execution.parquet.pushdown_filters = true;
    let state = SessionStateBuilder::new().with_config(config).with_default_features();
    let state = state.with_physical_optimizer_rule(Arc::new(Count)).build();
    let context = SessionContext::new_with_state(state);
    let url = ObjectStoreUrl::parse(STORE_URL).unwrap();
    context.runtime_env().register_object_store(url.as_ref(), Arc::new(InMemory::new()));
    let table = Provider::new(STORE.to_owned(), KIND, view, Arc::new(Cache::new(1 << 20)));
    context.register_table("t", Arc::new(table)).unwrap();
    let found = context.sql(statement).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&found).unwrap().to_string()
}

#[tokio::test]
async fn files_of_any_age_and_memory_answer_alike() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(dir.path());
    let keys = schema::keys(KIND).len();
    let aged = vec![
        file(&home, "old", all() - keys),
        file(&home, "middle", all() - keys + 1),
        file(&home, "new", all()),
    ];
    let memory = ["old", "middle", "new"].map(rows).to_vec();
    for statement in [
        "SELECT _requestparameters_bucketname, count(*) FROM t GROUP BY 1 ORDER BY 1",
        "SELECT eventid, _requestparameters_instancetype, eventname FROM t \
         WHERE _requestparameters_bucketname IS NULL ORDER BY 1",
        "SELECT eventid FROM t WHERE _requestparameters_bucketname LIKE '%-1-%' ORDER BY 1",
        "SELECT eventid, requestparameters, _requestparameters_bucketname FROM t \
         WHERE _requestparameters_instancetype = 'm5.large' OR eventname = 'GetBucketAcl' \
         ORDER BY 1 LIMIT 30",
        "SELECT count(_requestparameters_bucketname), count(_responseelements_consolelogin), \
         count(*) FROM t",
    ] {
        let expected = answer(Vec::new(), memory.clone(), statement).await;
        assert_eq!(answer(aged.clone(), Vec::new(), statement).await, expected, "{statement}");
        let (mixed, rest) = (aged[..2].to_vec(), vec![rows("new")]);
        assert_eq!(answer(mixed, rest, statement).await, expected, "{statement}");
        let (new, rest) = (aged[2..].to_vec(), vec![rows("old"), rows("middle")]);
        assert_eq!(answer(new, rest, statement).await, expected, "{statement}");
    }
}

#[test]
fn what_an_older_file_lacks_is_there_when_it_is_merged() {
    let dir = tempfile::tempdir().unwrap();
    let home = home(dir.path());
    let cache = Cache::new(1 << 20);
    let older = file(&home, "old", all() - schema::keys(KIND).len());
    let read = sorted_rows(KIND, &older, &cache, 4096, 1 << 20).unwrap();
    let merged: Vec<RecordBatch> =
        Merge::new(KIND, vec![Box::new(read) as Sorted]).unwrap().map(Result::unwrap).collect();
    assert_eq!(merged, [rows("old")]);
}
