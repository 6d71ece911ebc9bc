use clap::Parser;
use serde_json::json;

use super::*;
use crate::client::fake::{Answer, command};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    import: Import,
}

fn start(args: &[&str]) -> Start {
    match Line::parse_from([&["import", "start"], args].concat()).import.verb {
        Verb::Start(start) => start,
        other => panic!("{other:?}"),
    }
}

const ARN: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/e";
const STORE: Answer = Answer::Reply(
    200,
    r#"{"EventDataStoreArn":"arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/e"}"#,
);
const STARTED: Answer = Answer::Reply(200, r#"{"ImportId":"i-1","ImportStatus":"INITIALIZING"}"#);
const RUNS: Answer = Answer::Reply(
    200,
    r#"{"ImportStatus":"IN_PROGRESS","ImportStatistics":{"PrefixesFound":2,"FilesCompleted":1}}"#,
);
const FAILED: Answer = Answer::Reply(
    200,
    r#"{"ImportStatus":"FAILED","ImportStatistics":{"FilesCompleted":3,"EventsCompleted":9,
        "FailedEntries":1}}"#,
);

#[test]
fn what_is_not_given_is_that_of_the_store() {
    let asked = start(&["--from", "s3://audit/", "--into", "e", "--since", "1h", "--utc"]);
    let (result, seen, out, _) =
        command(&[STORE, STARTED], async |session| asked.run(session).await);
    result.unwrap();
    assert_eq!(out.text(), "i-1\n");
    assert_eq!(
        seen[1].input(),
        json!({
            "Destinations": [ARN],
            "ImportSource": { "S3": {
                "S3LocationUri": "s3://audit/",
                "S3BucketRegion": "eu-west-1",
                "S3BucketAccessRoleArn": "arn:aws:iam::111122223333:role/cairn-import",
            }},
            "StartEventTime": 1_795_249_800.0,
        })
    );
}

#[test]
fn who_waits_is_told_that_it_failed() {
    let asked = start(&["--from", "s3://audit/", "--into", "e", "--wait"]);
    let (result, seen, out, notes) =
        command(&[STORE, STARTED, RUNS, FAILED], async |session| asked.run(session).await);
    let failure = result.unwrap_err();
    assert_eq!(failure.to_string(), "the import i-1 failed");
    assert_eq!(failure.code(), 1);
    assert_eq!((seen.len(), out.text().as_str()), (4, "i-1\n"));
    assert_eq!(notes.text(), "3 files, 9 events, 1 failures\n");
}

#[test]
fn a_report_is_shown_in_words() {
    let report = Answer::Reply(
        200,
        r#"{"ImportId":"i-1","ImportStatus":"FAILED","Destination":"arn:s",
            "S3LocationUri":"s3://audit/","Created":1,"Updated":2,"Runs":1,
            "Prefixes":{"Found":3,"Completed":3},
            "Files":{"Found":10,"Imported":9,"Proven":7,"Matched":0,"Unlisted":1,"Bytes":9},
            "Events":{"Imported":90,"Expired":2,"Other":0},
            "Digests":{"Signed":5,"Unsigned":0,"Refused":1,"Unread":0,"Start":0,"End":3600},
            "Failures":[{"ErrorType":"MissingLogFile","Count":1}],"Remarks":[]}"#,
    );
    let entries = Answer::Reply(
        200,
        r#"{"Failures":[{"Status":"FAILED","ErrorType":"MissingLogFile",
            "Location":"s3://audit/k","ErrorMessage":"gone"}]}"#,
    );
    let table = OutputArgs { output: Some(Format::Table) };
    let (result, _, out, _) =
        command(&[report, entries], async |session| show::show(session, "i-1", table).await);
    result.unwrap();
    let text = out.text();
    for line in [
        "status:     FAILED",
        "log files:  9 of 10 imported",
        "events:     90 imported, 2 older than the store keeps",
        "digests:    5 with a checked signature, 1 not believed; from 1970-01-01T00:00:00Z to \
         1970-01-01T01:00:00Z",
        "proven:     7 log files are as a signed digest says, 1 that digests ought to name and do \
         not, 1 from times that no digest covers",
        "failures:   1 MissingLogFile",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(text.contains("s3://audit/k"));
}
