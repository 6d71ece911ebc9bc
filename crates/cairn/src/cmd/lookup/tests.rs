use clap::Parser;
use serde_json::json;

use super::*;
use crate::client::fake::{Answer, command};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    lookup: Lookup,
}

fn lookup(args: &[&str]) -> Lookup {
    Line::parse_from([&["lookup"], args].concat()).lookup
}

const FIRST: Answer = Answer::Reply(
    200,
    r#"{"Records":[{"Seq":9,"IngestTime":1.5,"Record":"{\"n\":9}"},
                   {"Seq":8,"IngestTime":1.5,"Record":"{\"n\":8}"}],"NextToken":"more"}"#,
);
const SECOND: Answer = Answer::Reply(
    200,
    r#"{"Records":[{"Seq":7,"IngestTime":1.5,"Record":"{\"n\":7}"}],"NextToken":"even more"}"#,
);
const NONE: Answer = Answer::Reply(200, r#"{"Records":[]}"#);

#[test]
fn pages_are_asked_for_until_the_limit() {
    let asked = lookup(&["--raw", "--limit", "3", "--user", "bob", "--since", "1h", "--utc"]);
    let (result, seen, out, _) =
        command(&[FIRST, SECOND], async |session| asked.lookup(session).await);
    result.unwrap();
    assert_eq!(out.text(), "{\"n\":9}\n{\"n\":8}\n{\"n\":7}\n");
    let user = json!([{"AttributeKey": "Username", "AttributeValue": "bob"}]);
    let since = 1_795_249_800.0;
    let first = json!({"Attributes": user, "StartTime": since, "MaxResults": 3});
    assert_eq!(seen[0].input(), first);
    let second =
        json!({"Attributes": user, "StartTime": since, "MaxResults": 1, "NextToken": "more"});
    assert_eq!(seen[1].input(), second);
}

#[test]
fn pages_end_with_the_events() {
    let asked = lookup(&["--raw", "--limit", "5000"]);
    let (result, seen, out, _) =
        command(&[FIRST, NONE], async |session| asked.lookup(session).await);
    result.unwrap();
    assert_eq!(out.text().lines().count(), 2);
    assert_eq!(seen[0].input(), json!({"MaxResults": 1000}));
}

#[test]
fn a_range_that_ends_before_it_begins_is_refused() {
    let asked = lookup(&["--since", "1h", "--until", "2h"]);
    let (result, seen, ..) = command(&[], async |session| asked.lookup(session).await);
    assert!(matches!(result, Err(Failure::Time(TimeError::Order))));
    assert!(seen.is_empty());
}

#[test]
fn nothing_found_is_a_failure_only_if_asked_for() {
    let (result, ..) = command(&[NONE], async |session| lookup(&[]).lookup(session).await);
    assert!(result.is_ok());
    let asked = lookup(&["--fail-empty"]);
    let (result, _, out, _) = command(&[NONE], async |session| asked.lookup(session).await);
    assert!(matches!(result, Err(Failure::Empty)));
    assert_eq!(out.text(), "{\"Records\":[]}\n");
}

#[test]
fn wrong_usage_is_refused() {
    for bad in [&["--since", "soon"], &["--limit", "0"], &["-o", "pdf"], &["--read-only", "1"]] {
        assert!(Line::try_parse_from([&["lookup"], bad.as_slice()].concat()).is_err(), "{bad:?}");
    }
}
