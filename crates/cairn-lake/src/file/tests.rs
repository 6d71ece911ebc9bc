use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::TimestampMicrosecondType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;

use super::*;
use crate::row::{Rows, event_json};

const EVENTS: TableSchema = TableSchema::Events;

fn record(number: usize) -> String {
    let (day, second) = (number % 3 + 10, number % 60);
    let name = ["PutObject", "GetObject", "ConsoleLogin"][number / 3 % 3];
    let error = if number % 4 == 0 { r#""errorCode":"AccessDenied","# } else { "" };
    let user = number % 7;
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/user-{user}","accessKeyId":"AKIA{user}"}},"eventTime":"2026-04-{day}T07:00:{second:02}Z","eventName":"{name}",{error}"requestParameters":{{"bucketName":"b-{number}","n":{number}}},"eventID":"00000000-0000-4000-8000-{number:012}","resources":[{{"ARN":"a-{number}"}},{{"ARN":"b"}}],"readOnly":{}}}"#,
        number % 2 == 0
    )
}

fn batches(count: usize) -> Vec<RecordBatch> {
    let mut rows = Rows::new(EVENTS);
    let mut batches = Vec::new();
    for number in 0..count {
        rows.push(Some(number as i64 + 5), record(number).as_bytes()).unwrap();
        if rows.len() == 40 {
            batches.push(rows.finish());
        }
    }
    batches.push(rows.finish());
    batches
}

fn written(batches: &[RecordBatch], settings: &Settings) -> (Bytes, FileFacts) {
    let mut out = Vec::new();
    let facts = write(EVENTS, batches, &mut out, settings).unwrap();
    (out.into(), facts)
}

fn read(file: Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.schema().fields(), schema::stored(EVENTS).fields());
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(|batch| batch.unwrap()).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

#[test]
fn rows_are_sorted_by_day_name_and_time() {
    let days = sort(EVENTS, &batches(250)).unwrap();
    assert_eq!(days.iter().map(|day| day.day).collect::<Vec<_>>(), [20553, 20554, 20555]);
    assert_eq!(days.iter().map(|day| day.rows.num_rows()).sum::<usize>(), 250);
    for day in &days {
        let names = day.rows.column_by_name("eventname").unwrap().as_string::<i32>();
        let times = day.rows.column_by_name("eventtime").unwrap();
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let keys: Vec<_> =
            (0..day.rows.num_rows()).map(|row| (names.value(row), times.value(row))).collect();
        assert!(keys.is_sorted());
    }
}

#[test]
fn sorting_moves_whole_rows() {
    let mut found: Vec<String> = Vec::new();
    for day in sort(EVENTS, &batches(250)).unwrap() {
        let texts = event_json(EVENTS, &day.rows).unwrap();
        let seqs = day.rows.column_by_name("_seq").unwrap();
        let seqs = seqs.as_primitive::<arrow::datatypes::Int64Type>();
        for row in 0..texts.len() {
            assert_eq!(texts.value(row), record(seqs.value(row) as usize - 5));
            found.push(texts.value(row).to_owned());
        }
        let arns = day.rows.column_by_name("_useridentity_arn").unwrap();
        let structs = day.rows.column_by_name("useridentity").unwrap().as_struct();
        assert_eq!(arns, structs.column_by_name("arn").unwrap());
    }
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 250);
}

#[test]
fn records_of_one_order_keep_the_order_they_came_in() {
    let mut rows = Rows::new(TableSchema::Insights);
    for seq in 0..50 {
        let day = 10 + seq % 2;
        let text = format!(r#"{{"eventTime":"2026-04-{day}T00:00:00Z","insightType":"{seq}"}}"#);
        rows.push(Some(seq), text.as_bytes()).unwrap();
    }
    let days = sort(TableSchema::Insights, &[rows.finish()]).unwrap();
    assert_eq!(days.len(), 2);
    for day in days {
        let seqs = day.rows.column_by_name("_seq").unwrap();
        assert!(seqs.as_primitive::<arrow::datatypes::Int64Type>().values().is_sorted());
    }
}

#[test]
fn what_is_written_is_read() {
    let batches = batches(250);
    let (file, facts) = written(&batches, &Settings { row_group_rows: 100, ..Settings::default() });
    assert_eq!(facts.bytes, file.len() as u64);
    assert_eq!(facts.rows, 250);
    assert_eq!(facts.split_offsets.len(), 3);
    let whole = concat_batches(&batches[0].schema(), &batches).unwrap();
    let found = read(file);
    assert_eq!(found.columns(), whole.columns());
    let texts = event_json(EVENTS, &found).unwrap();
    for (number, text) in texts.iter().enumerate() {
        assert_eq!(text.unwrap(), record(number));
    }
}

#[test]
fn files_name_every_field_by_its_id() {
    let (file, facts) = written(&batches(3), &Settings::default());
    let reader = SerializedFileReader::new(file).unwrap();
    let columns = reader.metadata().file_metadata().schema_descr();
    let mut expected = Vec::new();
    schema::walk(EVENTS, |path, id, _| expected.push((path.join("."), id)));
    for leaf in columns.columns() {
        let path = leaf.path().string().replace(".list.", ".").replace(".key_value.", ".");
        let id = leaf.self_type().get_basic_info().id();
        assert!(expected.contains(&(path.clone(), id)), "{path} {id}");
        assert!(facts.fields.contains_key(&id), "{path}");
    }
}

#[test]
fn facts_bound_the_values() {
    let settings = Settings { row_group_rows: 100, ..Settings::default() };
    let (_, facts) = written(&batches(250), &settings);
    assert_eq!(facts.seqs, Some((5, 254)));
    let micros = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    assert_eq!(facts.times, Some((micros("2026-04-10T07:00:00Z"), micros("2026-04-12T07:00:59Z"))));
    let field = |wanted: &str| {
        let mut found = None;
        schema::walk(EVENTS, |path, id, _| {
            if path.join(".") == wanted {
                found = Some(id);
            }
        });
        &facts.fields[&found.unwrap()]
    };
    let text = |bound: &Option<Vec<u8>>| String::from_utf8(bound.clone().unwrap()).unwrap();
    assert_eq!(text(&field("eventname").lower), "ConsoleLogin");
    assert_eq!(text(&field("eventname").upper), "PutObject");
    assert_eq!(text(&field("useridentity.arn").lower), "arn:aws:iam::111");
    assert_eq!(text(&field("useridentity.arn").upper), "arn:aws:iam::112");
    assert_eq!(field("eventname").nulls, Some(0));
    assert_eq!(field("errorcode").values, 250);
    assert_eq!(field("errorcode").nulls, Some(187));
    assert_eq!(text(&field("errorcode").upper), "AccessDenied");
    assert_eq!(field("readonly").lower, Some(vec![0]));
    assert_eq!(field("readonly").upper, Some(vec![1]));
    assert_eq!(field("annotation").nulls, Some(250));
    assert_eq!(field("annotation").lower, None);
    for unbounded in ["requestparameters.value", "resources.element.arn", "_shape", "eventjson"] {
        assert_eq!(field(unbounded).lower, None, "{unbounded}");
        assert!(field(unbounded).bytes > 0, "{unbounded}");
    }
}

#[test]
fn needles_are_found_by_their_filters() {
    let (file, _) =
        written(&batches(250), &Settings { row_group_rows: 100, ..Settings::default() });
    let properties = ReaderProperties::builder().set_read_bloom_filter(true).build();
    let options = ReadOptionsBuilder::new().with_reader_properties(properties).build();
    let reader = SerializedFileReader::new_with_options(file, options).unwrap();
    let columns = reader.metadata().file_metadata().schema_descr();
    let place = |name: &str| {
        (0..columns.num_columns()).find(|at| columns.column(*at).path().string() == name).unwrap()
    };
    let group = reader.get_row_group(1).unwrap();
    let ids = group.get_column_bloom_filter(place("eventid")).unwrap();
    let id = |number: usize| format!("00000000-0000-4000-8000-{number:012}");
    assert!((100..200).all(|number| ids.check(&id(number).as_str())));
    assert!((0..100).filter(|number| ids.check(&id(*number).as_str())).count() < 10);
    assert!(group.get_column_bloom_filter(place("_useridentity_accesskeyid")).is_some());
    assert!(group.get_column_bloom_filter(place("eventname")).is_none());
}

#[test]
fn other_columns_are_refused() {
    let batch = batches(3).remove(0);
    let some = batch.project(&[0, 1]).unwrap();
    assert!(write(EVENTS, std::slice::from_ref(&some), Vec::new(), &Settings::default()).is_err());
    assert!(sort(EVENTS, &[some]).is_err());
    assert!(sort(EVENTS, &[]).unwrap().is_empty());
}
