//! A directory of queries and the rows that another engine gave for them: `CAIRN_LAKE_SUITE` names
//! it, and records stand beside it. Without it nothing is checked.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::fixture::{Stores, events, run, table, with_copies};

const ID: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";
/// A query that is no SELECT, where the other engine ran something else.
const NO_QUERIES: &[&str] = &["shared/ConfigTableCreation.sql"];

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn records(directory: &Path, sets: &[&str]) -> Vec<Value> {
    let mut found = Vec::new();
    for set in sets {
        for mut record in lines(&directory.join(format!("{set}.jsonl"))) {
            // The other engine's table had this column filled.
            if record["eventCategory"].is_null() {
                record["eventCategory"] = "Management".into();
            }
            record["eventjson"] = Value::String(record.to_string());
            found.push(with_copies(record));
        }
    }
    found
}

/// Text in a form that does not hang on how an engine writes times and numbers. Of rows, maps and
/// arrays only that they are there: order and punctuation are each engine's own.
fn canonical(text: Option<&str>) -> String {
    let Some(text) = text else { return "NULL".into() };
    let text = text.trim_matches('"');
    if text.starts_with(['{', '[']) {
        return "{}".into();
    }
    text.trim_end_matches(".000").trim_end_matches(".0").to_owned()
}

fn sorted(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    rows.sort();
    rows
}

fn expected_rows(case: &Value) -> Vec<Vec<String>> {
    let value = |value: &Value| match value {
        Value::Null => "NULL".into(),
        Value::String(text) => canonical(Some(text)),
        other => canonical(Some(&other.to_string())),
    };
    let rows = case["rows"].as_array().unwrap().iter();
    sorted(rows.map(|row| row.as_array().unwrap().iter().map(value).collect()).collect())
}

/// Which of the answer's columns the other engine had; its tables have fewer.
fn columns(case: &Value, labels: &[String]) -> Vec<usize> {
    let names = case["columns"].as_array().unwrap();
    if names.len() == labels.len() {
        return (0..labels.len()).collect();
    }
    let of = |name: &Value| {
        let name = name.as_str().unwrap();
        labels.iter().position(|label| label.eq_ignore_ascii_case(name)).unwrap()
    };
    names.iter().map(of).collect()
}

/// What is missing of the rows that the other engine gave; it wrote down the first of many only.
fn missing(rows: &[Vec<String>], wanted: &[Vec<String>], count: usize) -> Vec<String> {
    let mut left = rows.to_vec();
    let mut missing = Vec::new();
    for row in wanted {
        match left.iter().position(|given| given == row) {
            Some(at) => drop(left.swap_remove(at)),
            None => missing.push(nearest(row, &left)),
        }
    }
    if rows.len() != count {
        missing.push(format!("{} rows, expected {count}", rows.len()));
    }
    missing
}

/// A row that is missing, and where the row that is most like it differs.
fn nearest(row: &[String], left: &[Vec<String>]) -> String {
    let differ = |given: &&Vec<String>| row.iter().zip(*given).filter(|(a, b)| a != b).count();
    let Some(given) = left.iter().min_by_key(differ) else { return format!("missing {row:?}") };
    let pairs = row.iter().zip(given).filter(|(a, b)| a != b);
    format!("differs {:?}", pairs.collect::<Vec<_>>())
}

#[tokio::test]
async fn queries_give_the_rows_of_another_engine() {
    let Ok(directory) = std::env::var("CAIRN_LAKE_SUITE") else { return };
    let directory = Path::new(&directory);
    let expected = lines(&directory.join("_expected_duckdb.jsonl"));
    let mut tables: BTreeMap<String, Stores> = BTreeMap::new();
    let (mut equal, mut other) = (0, Vec::new());
    for case in &expected {
        let sets: Vec<&str> =
            case["sets"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let stores = tables.entry(sets.join(" ")).or_insert_with(|| {
            let records = records(&directory.join("../records"), &sets);
            Stores(vec![(ID.into(), table(events(), &records))])
        });
        let file = case["file"].as_str().unwrap();
        let sql = case["query"].as_str().unwrap().replace("$EDS_ID", ID);
        let answer = run(&sql, stores).await;
        if NO_QUERIES.contains(&file) {
            assert!(answer.is_err());
            equal += 1;
            continue;
        }
        let differences = match answer {
            Err(error) => vec![error],
            Ok(answer) => {
                let columns = columns(case, &answer.labels);
                let of = |row: &Vec<Option<String>>| {
                    columns.iter().map(|at| canonical(row[*at].as_deref())).collect()
                };
                let rows = sorted(answer.rows.iter().map(of).collect());
                let count = case["row_count"].as_u64().unwrap() as usize;
                missing(&rows, &expected_rows(case), count)
            }
        };
        if differences.is_empty() {
            equal += 1;
        }
        other.extend(differences.into_iter().take(3).map(|what| format!("{file}: {what}")));
    }
    println!("{equal} of {} equal", expected.len());
    for line in &other {
        println!("- {}", line.chars().take(1500).collect::<String>());
    }
    // The other engine saw a record more, of which the answers to a few queries tell.
    assert!(equal * 100 >= expected.len() * 85, "{equal} of {} are equal", expected.len());
}
