use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::*;
use crate::terminal::testing;

/// A plain call, a failed one with text that wants to steer, and a record over several lines.
const RECORDS: [&str; 3] = [
    concat!(
        r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA1","#,
        r#""arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","#,
        r#""accessKeyId":"AKIAEXAMPLE","userName":"alice"},"eventTime":"2026-11-21T09:30:00Z","#,
        r#""eventSource":"s3.amazonaws.com","eventName":"CreateBucket","awsRegion":"eu-west-1","#,
        r#""sourceIPAddress":"192.0.2.7","userAgent":"aws-cli","requestParameters":null,"#,
        r#""responseElements":null,"eventID":"e-1","readOnly":false,"resources":[{"type":"#,
        r#""AWS::S3::Bucket","ARN":"arn:aws:s3:::logs"}],"eventType":"AwsApiCall","#,
        r#""managementEvent":true,"recipientAccountId":"111122223333","big":1e400}"#
    ),
    concat!(
        r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"=1+1,\u001b[2J"},"#,
        r#""eventTime":"2026-11-21T09:31:00Z","eventSource":"iam.amazonaws.com","#,
        r#""eventName":"DeleteUser","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.8","#,
        r#""errorCode":"AccessDenied","eventID":"e-2"}"#
    ),
    concat!(
        "{\n  \"eventVersion\": \"1.11\",\n  \"userIdentity\": {\"type\": \"Root\"},\r\n",
        "  \"eventTime\": \"2026-11-21T09:32:00Z\", \"eventSource\": \"sts.amazonaws.com\",\n",
        "  \"eventName\": \"GetCallerIdentity\", \"awsRegion\": \"us-east-1\",\n",
        "  \"eventID\": \"e-3\", \"readOnly\": true\n}"
    ),
];

fn events(format: Format, raw: bool, records: &[&str]) -> String {
    let mut sink = event_sink(format, raw);
    let mut out = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let stored = Stored {
            seq: index as u64 + 1,
            ingest_time: 1_795_253_500.5,
            record: (*record).to_owned(),
        };
        sink.event(&EventRow::new(stored, &TimeZone::UTC), &mut out).unwrap();
    }
    sink.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn events_as_a_table() {
    insta::assert_snapshot!(events(Format::Table, false, &RECORDS));
}

#[test]
fn events_as_json() {
    let printed = events(Format::Json, false, &RECORDS);
    let body = hyper::body::Bytes::from(printed.clone());
    let pieces: Vec<_> = cairn_event::split(&body, 10).collect();
    for (piece, record) in pieces.iter().zip(RECORDS) {
        let cairn_event::Piece::Event(event) = piece else {
            panic!("{piece:?}");
        };
        assert_eq!(event.raw(), record.as_bytes());
    }
    assert_eq!(pieces.len(), RECORDS.len());
    assert_eq!(events(Format::Json, false, &[]), "{\"Records\":[]}\n");
    insta::assert_snapshot!(printed);
}

#[test]
fn events_as_json_lines() {
    let printed = events(Format::Jsonl, false, &RECORDS);
    assert_eq!(printed.lines().count(), RECORDS.len());
    assert_eq!(printed.lines().next(), Some(RECORDS[0]));
    insta::assert_snapshot!(printed);
}

#[test]
fn events_as_csv() {
    insta::assert_snapshot!(events(Format::Csv, false, &RECORDS));
}

#[test]
fn raw_events_are_their_exact_bytes() {
    let expected = RECORDS.map(|record| format!("{record}\n")).concat();
    assert_eq!(events(Format::Table, true, &RECORDS), expected);
}

#[test]
fn what_is_no_event_still_shows() {
    let broken = ["not json\n\u{1b}"];
    assert_eq!(events(Format::Jsonl, false, &broken), "\"not json\\n\\u001b\"\n");
    let document = events(Format::Json, false, &broken);
    assert!(serde_json::from_str::<Value>(&document).is_ok(), "{document}");
    // The empty cell of its time is as wide as any other.
    let table = events(Format::Table, false, &broken);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0].find("EVENT"), lines[1].find("(record 1 is no event)"), "{table}");
}

#[test]
fn a_table_has_one_heading_over_all_its_pages() {
    let mut sink = event_sink(Format::Table, false);
    let mut out = Vec::new();
    for _ in 0..2 {
        let stored = Stored { seq: 1, ingest_time: 0.0, record: RECORDS[0].to_owned() };
        sink.event(&EventRow::new(stored, &TimeZone::UTC), &mut out).unwrap();
        sink.flush(&mut out).unwrap();
    }
    let printed = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines.len(), 3, "{printed}");
    assert!(lines[0].starts_with("TIME") && lines[1] == lines[2], "{printed}");
}

fn roles(format: Format) -> String {
    let items = [
        json!({"RoleName": "ops\u{1b}[1m", "Admin": true, "CreateDate": 1_795_253_400,
               "TrustedAccounts": ["111122223333", "444455556666"]}),
        json!({"RoleName": "@audit", "Admin": false, "CreateDate": 1_795_253_400.5}),
    ];
    let columns = &["RoleName", "Admin", "TrustedAccounts", "CreateDate"];
    let (mut terminal, out, _) = testing::terminal();
    let list = List { name: "Roles", columns, items: &items };
    print_list(&list, format, &mut terminal).unwrap();
    out.text()
}

#[test]
fn lists_in_every_form() {
    for format in [Format::Table, Format::Json, Format::Jsonl, Format::Csv] {
        insta::assert_snapshot!(format!("list_{format:?}").to_lowercase(), roles(format));
    }
}

#[test]
fn a_table_is_for_people_and_json_for_pipes() {
    let (mut terminal, ..) = testing::terminal();
    assert_eq!(OutputArgs::default().format(&terminal), Format::Json);
    terminal.out_is_tty = true;
    assert_eq!(OutputArgs::default().format(&terminal), Format::Table);
    let asked = OutputArgs { output: Some(Format::Csv) };
    assert_eq!(asked.format(&terminal), Format::Csv);
}
