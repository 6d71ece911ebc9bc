//! A directory of queries and the rows that another engine gave for them: `CAIRN_LAKE_SUITE` names
//! it, and records stand beside it. Without it nothing is checked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::fixture::{Stores, events, run, table};

const ID: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn records(directory: &Path, sets: &[&str]) -> Vec<Value> {
    let mut found = Vec::new();
    for set in sets {
        for line in lines(&directory.join(format!("{set}.jsonl"))) {
            let mut record =
                line.get("event").or_else(|| line.get("record")).unwrap_or(&line).clone();
            record["eventjson"] = Value::String(record.to_string());
            found.push(record);
        }
    }
    found
}

/// Rows as texts that do not hang on how an engine writes times, numbers and maps.
fn canonical(value: Option<&str>) -> String {
    let Some(text) = value else { return "NULL".into() };
    text.trim_matches('"').trim_end_matches(".000").trim_end_matches(".0").to_owned()
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
            Stores(vec![(ID.into(), Arc::clone(&table(events(), &records)))])
        });
        let file = case["file"].as_str().unwrap();
        let sql = case["query"].as_str().unwrap().replace("$EDS_ID", ID);
        match run(&sql, stores).await {
            Err(error) => other.push(format!("{file}: {error}")),
            Ok(answer) => {
                let mut rows: Vec<Vec<String>> = answer
                    .rows
                    .iter()
                    .map(|row| row.iter().map(|value| canonical(value.as_deref())).collect())
                    .collect();
                rows.sort();
                let mut wanted: Vec<Vec<String>> = case["rows"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| {
                        let value = |value: &Value| match value {
                            Value::Null => "NULL".into(),
                            Value::String(text) => canonical(Some(text)),
                            other => canonical(Some(&other.to_string())),
                        };
                        row.as_array().unwrap().iter().map(value).collect()
                    })
                    .collect();
                wanted.sort();
                if rows == wanted {
                    equal += 1;
                } else {
                    let first = rows.iter().zip(&wanted).find(|(a, b)| a != b);
                    let (rows, wanted) = (rows.len(), wanted.len());
                    other.push(format!("{file}: {rows} rows, expected {wanted}: {first:?}"));
                }
            }
        }
    }
    println!("{equal} of {} equal", expected.len());
    for line in &other {
        println!("- {}", line.chars().take(1500).collect::<String>());
    }
    assert!(other.is_empty(), "{equal} of {} queries are equal", expected.len());
}
