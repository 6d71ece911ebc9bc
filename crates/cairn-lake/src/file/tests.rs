use arrow::array::{Array, AsArray};
use arrow::compute::concat_batches;
use arrow::datatypes::TimestampMicrosecondType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Encoding, PageType};
use parquet::file::properties::ReaderProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::serialized_reader::ReadOptionsBuilder;

use super::*;
use crate::row::{Rows, event_json};

const EVENTS: TableSchema = TableSchema::Events;

fn record(number: usize) -> String {
    let (day, second) = (number % 3 + 10, number % 60);
    let name = ["PutObject", "GetObject", "ConsoleLogin"][number / 3 % 3];
    let error = if number.is_multiple_of(4) { r#""errorCode":"AccessDenied","# } else { "" };
    let user = number % 7;
    [
        r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","#.to_owned(),
        format!(r#""arn":"arn:aws:iam::111122223333:user/user-{user}","#),
        format!(r#""accessKeyId":"AKIA{user}"}},"eventTime":"2026-04-{day}T07:00:{second:02}Z","#),
        format!(r#""eventName":"{name}",{error}"#),
        format!(r#""requestParameters":{{"bucketName":"b-{number}","n":{number}}},"#),
        format!(r#""eventID":"00000000-0000-4000-8000-{number:012}","#),
        format!(r#""resources":[{{"ARN":"a-{number}"}},{{"ARN":"b"}}],"#),
        format!(r#""readOnly":{}}}"#, number.is_multiple_of(2)),
    ]
    .concat()
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

fn written(batches: &[RecordBatch], settings: &Settings) -> (Bytes, ParquetMetaData) {
    let mut encoder = Encoder::new(EVENTS, Vec::new(), settings).unwrap();
    for batch in batches {
        encoder.write(batch).unwrap();
    }
    let (footer, bytes, out) = encoder.finish().unwrap();
    assert_eq!(bytes, out.len() as u64);
    (out.into(), footer)
}

const GROUPS: Settings = Settings {
    packing: Packing::Lz4,
    row_group_rows: 100,
    row_group_bytes: usize::MAX,
    page_rows: 50,
};

fn read(file: Bytes) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.schema().fields(), schema::stored(EVENTS).fields());
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(|batch| batch.unwrap()).collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// The days of the rows, and the rows of each.
fn sorted(kind: TableSchema, batches: &[RecordBatch]) -> Vec<(i32, RecordBatch)> {
    let whole = |day: &Day| {
        let parts: Vec<RecordBatch> = day.rows(7, usize::MAX).collect::<Result<_, _>>().unwrap();
        assert!(parts.iter().all(|part| part.num_rows() <= 7));
        (day.number, concat_batches(&parts[0].schema(), &parts).unwrap())
    };
    sort(kind, batches).unwrap().iter().map(whole).collect()
}

#[test]
fn rows_are_sorted_by_day_name_and_time() {
    let days = sorted(EVENTS, &batches(250));
    assert_eq!(days.iter().map(|(day, _)| *day).collect::<Vec<_>>(), [20553, 20554, 20555]);
    assert_eq!(days.iter().map(|(_, rows)| rows.num_rows()).sum::<usize>(), 250);
    for (_, rows) in &days {
        let names = rows.column_by_name("eventname").unwrap().as_string::<i32>();
        let times = rows.column_by_name("eventtime").unwrap();
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let keys: Vec<_> =
            (0..rows.num_rows()).map(|row| (names.value(row), times.value(row))).collect();
        assert!(keys.is_sorted());
    }
}

#[test]
fn sorting_moves_whole_rows() {
    let mut found: Vec<String> = Vec::new();
    for (_, rows) in sorted(EVENTS, &batches(250)) {
        let texts = event_json(EVENTS, &rows).unwrap();
        let seqs = rows.column_by_name("_seq").unwrap();
        let seqs = seqs.as_primitive::<arrow::datatypes::Int64Type>();
        for row in 0..texts.len() {
            assert_eq!(texts.value(row), record(seqs.value(row) as usize - 5));
            found.push(texts.value(row).to_owned());
        }
        let arns = rows.column_by_name("_useridentity_arn").unwrap();
        let structs = rows.column_by_name("useridentity").unwrap().as_struct();
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
    let days = sorted(TableSchema::Insights, &[rows.finish()]);
    assert_eq!(days.len(), 2);
    for (_, rows) in days {
        let seqs = rows.column_by_name("_seq").unwrap();
        assert!(seqs.as_primitive::<arrow::datatypes::Int64Type>().values().is_sorted());
    }
}

#[test]
fn what_is_written_is_read() {
    let batches = batches(250);
    let (file, footer) = written(&batches, &GROUPS);
    assert_eq!(footer.file_metadata().num_rows(), 250);
    assert_eq!(footer.num_row_groups(), 3);
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
    let (_, footer) = written(&batches(3), &Settings::default());
    let mut expected = Vec::new();
    schema::walk(EVENTS, |path, id, _| expected.push((path.join("."), id)));
    for leaf in footer.file_metadata().schema_descr().columns() {
        let path = leaf.path().string().replace(".list.", ".").replace(".key_value.", ".");
        let id = leaf.self_type().get_basic_info().id();
        assert!(expected.contains(&(path.clone(), id)), "{path} {id}");
    }
}

#[test]
fn what_questions_look_at_is_bounded() {
    let joined = Settings { packing: Packing::Zstd(1), ..GROUPS };
    let (_, footer) = written(&batches(250), &joined);
    let columns = footer.row_group(0).columns();
    let chunk = |name: &str| {
        let found = columns.iter().find(|chunk| chunk.column_path().string() == name);
        found.unwrap_or_else(|| panic!("no column {name}"))
    };
    let bounds = |name: &str| {
        let statistics = chunk(name).statistics()?;
        let text = |bound: &[u8]| String::from_utf8(bound.to_vec()).unwrap();
        Some((text(statistics.min_bytes_opt()?), text(statistics.max_bytes_opt()?)))
    };
    let names = ("ConsoleLogin".to_owned(), "PutObject".to_owned());
    assert_eq!(bounds("eventname"), Some(names));
    assert!(bounds("_useridentity_arn").is_some());
    // Told of its copy.
    assert_eq!(bounds("useridentity.arn"), None);
    assert!(chunk("tlsdetails.tlsversion").statistics().is_some());
    assert_eq!(bounds("requestparameters.key_value.value"), None);
    assert_eq!(bounds("_shape"), None);
    assert!(chunk("eventname").column_index_offset().is_some());
    assert!(chunk("eventid").bloom_filter_offset().is_some());
    assert!(chunk("eventname").bloom_filter_offset().is_none());
    // Before files are joined only what is hot is.
    let (_, young) = written(&batches(250), &GROUPS);
    let chunk = |name: &str| {
        let mut columns = young.row_group(0).columns().iter();
        columns.find(|chunk| chunk.column_path().string() == name).unwrap()
    };
    for (name, bounded) in [
        ("eventname", true),
        ("eventtime", true),
        ("_seq", true),
        ("_useridentity_arn", false),
        ("useridentity.arn", false),
        ("eventid", false),
    ] {
        assert_eq!(chunk(name).statistics().is_some(), bounded, "{name}");
    }
}

/// What would read values without their dictionary as numbers into one has to make it first.
#[test]
fn values_that_are_all_different_stay_in_their_dictionary() {
    let mut rows = Rows::new(EVENTS);
    for number in 0..1_500 {
        let name = format!("{}-{number}", "long".repeat(250));
        let user = format!(r#"{{"type":"IAMUser","arn":"{name}","userName":"{name}"}}"#);
        let time = "2026-04-10T07:00:00Z";
        let text =
            format!(r#"{{"userIdentity":{user},"eventTime":"{time}","requestID":"{name}"}}"#);
        rows.push(Some(number), text.as_bytes()).unwrap();
    }
    let settings = Settings { page_rows: 100, ..Settings::default() };
    let (_, footer) = written(&[rows.finish()], &settings);
    let columns = footer.row_group(0).columns();
    let encodings = |name: &str| {
        let chunk = columns.iter().find(|chunk| chunk.column_path().string() == name).unwrap();
        let pages = chunk.page_encoding_stats().unwrap();
        let data = pages.iter().filter(|page| page.page_type != PageType::DICTIONARY_PAGE);
        data.map(|page| page.encoding).collect::<Vec<_>>()
    };
    for column in ["_useridentity_arn", "_useridentity_username"] {
        assert!(encodings(column).iter().all(|of| *of == Encoding::RLE_DICTIONARY), "{column}");
    }
    assert!(!encodings("useridentity.arn").iter().all(|of| *of == Encoding::RLE_DICTIONARY));
}

#[test]
fn needles_are_found_by_their_filters() {
    let (file, _) = written(&batches(250), &GROUPS);
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
    let mut encoder = Encoder::new(EVENTS, Vec::new(), &Settings::default()).unwrap();
    assert!(encoder.write(&some).is_err());
    assert!(sort(EVENTS, &[some]).is_err());
    assert!(sort(EVENTS, &[]).unwrap().is_empty());
}

#[test]
fn a_row_group_ends_before_it_has_too_many_bytes() {
    let long = |at: usize| {
        let bytes = if at % 10 == 3 { 4000 } else { 10 };
        let text = "x".repeat(bytes);
        format!(r#"{{"eventTime":"2026-04-18T07:00:00Z","userAgent":"{text}","eventID":"{at}"}}"#)
    };
    let mut rows = Rows::new(EVENTS);
    (0..250).for_each(|at| rows.push(None, long(at).as_bytes()).unwrap());
    let batch = rows.finish();
    let row_group_bytes = 10_000;
    let settings = Settings { row_group_bytes, ..GROUPS };
    let parts: Vec<RecordBatch> = [(0, 3), (3, 120), (123, 127)]
        .into_iter()
        .map(|(start, length)| batch.slice(start, length))
        .collect();
    let (file, footer) = written(&parts, &settings);
    assert_eq!(read(file), batch);
    let groups: Vec<usize> =
        footer.row_groups().iter().map(|group| group.num_rows() as usize).collect();
    assert_eq!(groups.iter().sum::<usize>(), 250);
    let bytes = weigh::weigh(&batch);
    let mut at = 0;
    for rows in &groups {
        assert!(bytes[at..at + rows].iter().sum::<usize>() <= row_group_bytes);
        at += rows;
        let next = bytes.get(at).copied().unwrap_or_default();
        let whole = bytes[at - rows..at].iter().sum::<usize>() + next > row_group_bytes;
        assert!(at == 250 || whole, "a group of {rows} rows ends too early");
    }
    // One that is longer than a group may be has a group of its own.
    let (file, footer) = written(&parts, &Settings { row_group_bytes: 100, ..GROUPS });
    assert_eq!(read(file), batch);
    assert!(footer.row_groups().iter().any(|group| group.num_rows() == 1));
}

#[test]
fn sorted_rows_come_as_many_as_fit() {
    let batches = batches(250);
    for bytes in [0, 3000, usize::MAX] {
        for (day, whole) in sort(EVENTS, &batches).unwrap().iter().zip(sorted(EVENTS, &batches)) {
            let parts: Vec<RecordBatch> = day.rows(90, bytes).collect::<Result<_, _>>().unwrap();
            for part in &parts {
                let sum: usize = weigh::weigh(part).iter().sum();
                assert!(part.num_rows() == 1 || sum <= bytes);
                assert!(part.num_rows() <= 90);
            }
            assert!(bytes == usize::MAX || parts.len() > 5);
            assert_eq!(concat_batches(&parts[0].schema(), &parts).unwrap(), whole.1);
        }
    }
}
