use clap::Parser;
use serde_json::json;

use super::*;
use crate::client::fake::{Answer, Seen, command};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    tail: Tail,
}

fn tail(args: &[&str]) -> Tail {
    Line::parse_from([&["tail"], args].concat()).tail
}

const START: Answer = Answer::Reply(200, r#"{"Records":[],"Cursor":5}"#);
/// Newest first; the first came after the cursor and will come again.
const LAST: Answer = Answer::Reply(
    200,
    r#"{"Records":[{"Seq":6,"IngestTime":1,"Record":"six"},{"Seq":5,"IngestTime":1,"Record":"five"},
                   {"Seq":3,"IngestTime":1,"Record":"three"}]}"#,
);
const SIX: Answer =
    Answer::Reply(200, r#"{"Records":[{"Seq":6,"IngestTime":1,"Record":"six"}],"Cursor":6}"#);
const SEVEN: Answer =
    Answer::Reply(200, r#"{"Records":[{"Seq":9,"IngestTime":1,"Record":"nine"}],"Cursor":9}"#);
const AWAY: Answer = Answer::Reply(503, r#"{"__type":"ServiceUnavailable","message":"stopping"}"#);
const END: Answer = Answer::Reply(403, r#"{"__type":"AccessDenied","message":"enough"}"#);

fn after(seen: &Seen) -> Value {
    seen.input()["After"].clone()
}

#[test]
fn the_last_events_are_shown_oldest_first() {
    let asked = tail(&["--raw", "-n", "3", "--user", "bob"]);
    let (result, seen, out, _) = command(&[LAST], async |session| asked.tail(session).await);
    result.unwrap();
    assert_eq!(out.text(), "three\nfive\nsix\n");
    let user = json!([{"AttributeKey": "Username", "AttributeValue": "bob"}]);
    assert_eq!(seen[0].input(), json!({"Attributes": user, "MaxResults": 3}));
}

#[test]
fn following_shows_each_event_once_and_goes_on_after_a_restart() {
    let answers = [START, LAST, SIX, AWAY, AWAY, AWAY, AWAY, Answer::Hangup, SEVEN, END];
    let asked = tail(&["--raw", "-f"]);
    let (result, seen, out, err) = command(&answers, async |session| asked.tail(session).await);
    assert!(matches!(result, Err(Failure::Client(_))));
    assert_eq!(out.text(), "three\nfive\nsix\nnine\n");
    let cursors: Vec<Value> = seen.iter().map(after).collect();
    let expected = json!([null, null, 5, 6, 6, 6, 6, 6, 6, 9]);
    assert_eq!(Value::from(cursors), expected);
    let notes = err.text();
    assert!(notes.contains("stopping; trying again"), "{notes}");
    assert!(notes.contains("connected again; going on after record 6"), "{notes}");
    assert_eq!(notes.lines().count(), 2);
}

#[test]
fn nothing_old_is_shown_if_not_asked_for() {
    let asked = tail(&["--raw", "-f", "-n", "0"]);
    let (_, seen, out, _) = command(&[START, SIX, END], async |session| asked.tail(session).await);
    assert_eq!(out.text(), "six\n");
    assert_eq!(seen[0].input()["WaitSeconds"], 0);
    assert_eq!(seen[1].input()["WaitSeconds"], 20);
}
