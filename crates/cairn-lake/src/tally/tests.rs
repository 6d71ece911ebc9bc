use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use arrow::record_batch::RecordBatch;
use arrow::util::display::array_value_to_string;
use arrow::util::pretty::pretty_format_batches;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::Count;
use super::groups::{Groups, groups};

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(values.iter().copied().collect::<DictionaryArray<Int32Type>>())
}

/// The groups, sorted by their text.
fn counted(groups: &mut dyn Groups, types: &[DataType]) -> Vec<String> {
    let keys = types.iter().map(|of| Field::new("key", of.clone(), true));
    let counts = Field::new("count", DataType::Int64, true);
    let schema = Arc::new(Schema::new(keys.chain([counts]).collect::<Vec<_>>()));
    let batch = groups.take(&schema).unwrap();
    let cell = |column: &ArrayRef, row| array_value_to_string(column, row).unwrap();
    let row = |row| batch.columns().iter().map(|of| cell(of, row)).collect::<Vec<_>>().join(",");
    let mut rows: Vec<String> = (0..batch.num_rows()).map(row).collect();
    rows.sort();
    rows
}

#[test]
fn texts_of_different_dictionaries_are_the_same_group() {
    let types = [DataType::Utf8, DataType::Boolean];
    let mut groups = groups(&types).unwrap();
    let flags = |flags: &[Option<bool>]| Arc::new(BooleanArray::from(flags.to_vec())) as ArrayRef;
    let first = texts(&[Some("a"), Some("a"), Some("b"), None]);
    groups.add(&[first, flags(&[Some(true), Some(true), Some(true), None])], 0).unwrap();
    let second = texts(&[Some("b"), None, Some("a"), Some("a")]);
    groups.add(&[second, flags(&[Some(true), None, None, Some(false)])], 0).unwrap();
    assert_eq!(groups.len(), 5);
    let expected = [",,2", "a,,1", "a,false,1", "a,true,2", "b,true,2"];
    assert_eq!(counted(&mut *groups, &types), expected);
    assert_eq!(groups.len(), 0);
    groups.add(&[texts(&[Some("c")]), flags(&[Some(true)])], 0).unwrap();
    assert_eq!(counted(&mut *groups, &types), ["c,true,1"], "nothing is left of before");
}

#[test]
fn a_text_that_its_dictionary_says_is_null_is_null() {
    let types = [DataType::Utf8];
    let values: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let array = DictionaryArray::<Int32Type>::new(vec![1, 0, 1].into(), values);
    let mut groups = groups(&types).unwrap();
    groups.add(&[Arc::new(array)], 0).unwrap();
    assert_eq!(counted(&mut *groups, &types), [",2", "a,1"]);
}

#[test]
fn numbers_come_back_as_what_they_were() {
    let types = [
        DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None),
        DataType::Date32,
        DataType::Int64,
    ];
    let mut groups = groups(&types).unwrap();
    let times: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![-1_000_000, -1_000_000]));
    let days: ArrayRef = Arc::new(Date32Array::from(vec![-1, 20_000]));
    let numbers: ArrayRef = Arc::new(arrow::array::Int64Array::from(vec![i64::MIN, i64::MAX]));
    groups.add(&[times, days, numbers], 0).unwrap();
    let expected = [
        "1969-12-31T23:59:59,1969-12-31,-9223372036854775808,1",
        "1969-12-31T23:59:59,2024-10-04,9223372036854775807,1",
    ];
    assert_eq!(counted(&mut *groups, &types), expected);
}

#[test]
fn what_cannot_be_a_group_is_left_to_the_engine() {
    assert!(groups(&[]).is_none());
    assert!(groups(&[DataType::Float64]).is_none());
    assert!(groups(&vec![DataType::Utf8; 5]).is_none());
}

/// Rows of a few columns of the lake, in three batches.
fn rows() -> Vec<RecordBatch> {
    let batch = |from: usize| {
        let pick = |texts: [Option<&'static str>; 3], by: usize| {
            (0..40).map(|row| texts[(row / by + from) % 3]).collect::<StringArray>()
        };
        let times = (0..40).map(|row| (from * 40 + row) as i64 * 3_600_000_000);
        RecordBatch::try_from_iter([
            ("eventsource", Arc::new(pick([Some("a"), Some("b"), Some("c")], 9)) as ArrayRef),
            ("errorcode", Arc::new(pick([None, Some("denied"), None], 2))),
            ("eventid", Arc::new(pick([Some("x"), Some("y"), Some("z")], 1))),
            ("eventtime", Arc::new(TimestampMicrosecondArray::from_iter_values(times))),
        ])
        .unwrap()
    };
    (0..3).map(batch).collect()
}

async fn ask(statement: &str, rule: bool) -> (String, String) {
    let config = SessionConfig::new().with_target_partitions(2);
    let mut state = SessionStateBuilder::new().with_config(config).with_default_features();
    if rule {
        state = state.with_physical_optimizer_rule(Arc::new(Count));
    }
    let context = SessionContext::new_with_state(state.build());
    let rows = rows();
    let table = datafusion::datasource::MemTable::try_new(
        rows[0].schema(),
        vec![vec![rows[0].clone()], rows[1..].to_vec()],
    );
    context.register_table("t", Arc::new(table.unwrap())).unwrap();
    let frame = context.sql(statement).await.unwrap();
    let plan = frame.clone().create_physical_plan().await.unwrap();
    let found = frame.collect().await.unwrap();
    (displayable(plan.as_ref()).indent(false).to_string(), {
        pretty_format_batches(&found).unwrap().to_string()
    })
}

#[tokio::test]
async fn what_it_counts_is_what_the_engine_counts() {
    let cases = [
        ("eventsource, count(*)", "eventsource", true),
        ("eventsource, errorcode, count(*)", "eventsource, errorcode", true),
        ("errorcode, count(1), count(*)", "errorcode", true),
        ("date_trunc('day', eventtime), eventsource, count(*)", "1, 2", true),
        // Those are the engine's.
        ("eventid, count(*)", "eventid", false),
        ("eventtime, count(*)", "eventtime", false),
        ("eventsource, count(errorcode)", "eventsource", false),
        ("eventsource, count(DISTINCT errorcode)", "eventsource", true),
        ("eventsource, count(*), max(eventtime)", "eventsource", false),
        ("eventsource, count(*) FILTER (WHERE errorcode IS NULL)", "eventsource", false),
        ("upper(eventsource), count(*)", "1", false),
        ("eventsource, errorcode, count(*)", "ROLLUP (eventsource, errorcode)", false),
    ];
    for (select, by, counts) in cases {
        let statement = format!("SELECT {select} FROM t GROUP BY {by} ORDER BY 1, 2");
        let (plan, rows) = ask(&statement, true).await;
        assert_eq!(plan.contains("Tally"), counts, "{statement}: {plan}");
        assert_eq!(rows, ask(&statement, false).await.1, "{statement}");
    }
}

#[tokio::test]
async fn what_comes_in_an_order_goes_out_in_it() {
    for limit in ["", "LIMIT 2"] {
        let statement = format!(
            "SELECT eventsource, count(*) FROM (SELECT eventsource FROM t ORDER BY eventsource \
             LIMIT 100) AS q GROUP BY eventsource ORDER BY eventsource {limit}"
        );
        let rows = ask(&statement, true).await.1;
        assert_eq!(rows, ask(&statement, false).await.1, "{statement}");
    }
}
