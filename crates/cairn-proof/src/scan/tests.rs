use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

type Row = (Option<String>, Option<String>);

fn scanned(text: &[u8]) -> Result<Vec<Row>, Unreadable> {
    let mut rows = Vec::new();
    let owned = |bytes: Option<&[u8]>| bytes.map(|b| String::from_utf8_lossy(b).into_owned());
    let count = records(text, |seen| rows.push((owned(seen.id), owned(seen.time))))?;
    assert_eq!(count, rows.len() as u64);
    Ok(rows)
}

#[test]
fn only_the_records_own_members_count() {
    let text = br#"{"Records":[
        {"requestParameters":{"eventID":"inner","a":"}\\\"{\"eventID\":\"x\""},"eventID" : "one",
         "eventTime":"2026-01-01T00:00:00Z"},
        {"list":["eventID",{"eventID":"two"}],"eventTime":"2026-01-01T00:00:01Z"},
        {"a\\":"\\","eventID":"three\"3"}]}"#;
    let some = |text: &str| Some(text.to_owned());
    let expected = vec![
        (some("one"), some("2026-01-01T00:00:00Z")),
        (None, some("2026-01-01T00:00:01Z")),
        (some("three\\\"3"), None),
    ];
    assert_eq!(scanned(text), Ok(expected));
}

#[test]
fn text_that_does_not_close_is_no_log_file() {
    for text in ["{", "{\"", "{\"Records\":[{}", "}", "{\"Records\":[]}}", "{\"a\\\"}"] {
        assert!(scanned(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(scanned(b"{\"Records\":[]}\n"), Ok(vec![]));
}

#[test]
fn a_guess_is_made_only_where_names_and_records_come_out_even() {
    let guessed = |text: &str, count| {
        let mut ids = Vec::new();
        guess(text.as_bytes(), count, |found| {
            if let Guessed::Id(id) = found {
                ids.push(String::from_utf8_lossy(id).into_owned());
            }
        })?;
        Some(ids)
    };
    let even = r#"{"Records":[{"eventID":"a","eventTime":"t"},{"eventTime":"t","eventID":"b"}]}"#;
    assert_eq!(guessed(even, 2), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(guessed(even, 1), None);
    assert_eq!(guessed(&even.replace("\"eventID\":\"a", "\"eventID\": \"a"), 2), None);
    assert_eq!(guessed(&even.replace("\"t\"", "{\"eventTime\":\"t\"}"), 3), None);
    assert_eq!(guessed(&even.replace("\"a\"", "\"a\\\"\""), 2), None);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "[\\PC\"\\\\{}]{0,12}".prop_map(Value::from),
        Just(Value::from("eventID")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let name = prop_oneof!["[a-z\"\\\\{}]{0,6}", Just("eventID".to_owned())];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_scan_sees_what_a_parser_sees(
        rows in proptest::collection::vec((any_json(), "[a-f0-9-]{1,36}", any_json()), 0..12),
    ) {
        let of = |(before, id, after): &(Value, String, Value)| {
            json!({"a": before, "eventID": id, "z": after})
        };
        let text = json!({"Records": rows.iter().map(of).collect::<Vec<_>>()}).to_string();
        let found = scanned(text.as_bytes()).unwrap();
        let expected: Vec<Row> = rows.iter().map(|(_, id, _)| (Some(id.clone()), None)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = scanned(&bytes);
    }
}
