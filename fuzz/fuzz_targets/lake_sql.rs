//! Any words as a statement of the lake: it gives rows as wide as its labels, or a text that says
//! why not; nothing panics.

#![no_main]

use std::cell::RefCell;
use std::time::Duration;

use cairn_core::Timestamp;
use cairn_lake::{FILES, Files, FilesError};
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

/// Statements that take long are cut off: whether they end is not the question here.
const PATIENCE: Duration = Duration::from_secs(5);
/// 2026-04-20T12:00:00Z.
const NOW: Timestamp = Timestamp::from_seconds(1_776_686_400);
/// Bytes of the rows, far more than the records have.
const ROOM: usize = 1 << 20;

const RECORDS: [&str; 2] = [
    r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDA1",
        "arn":"arn:aws:iam::111122223333:user/ann","accountId":"111122223333",
        "accessKeyId":"AKIA1","userName":"ann"},"eventTime":"2026-04-19T08:00:00Z",
        "eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1",
        "sourceIPAddress":"192.0.2.7","userAgent":"aws-cli/2",
        "requestParameters":{"bucketName":"b","key":"k","n":7},"responseElements":null,
        "requestID":"R1","eventID":"00000000-0000-4000-8000-000000000001","readOnly":false,
        "resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],
        "eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333",
        "eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3"}}"#,
    r#"{"eventVersion":"1.11","userIdentity":{"type":"Root"},"eventTime":"2026-04-20T09:30:00Z",
        "eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"eu-west-1",
        "sourceIPAddress":"2001:db8::1","userAgent":"é","errorMessage":"Failed authentication",
        "requestParameters":null,"responseElements":{"ConsoleLogin":"Failure"},
        "eventID":"00000000-0000-4000-8000-000000000002","readOnly":false,
        "eventType":"AwsConsoleSignIn","managementEvent":true,
        "recipientAccountId":"111122223333","eventCategory":"Management"}"#,
];

/// What a byte below their number stands for; the others are characters.
#[rustfmt::skip]
const WORDS: [&str; 129] = [
    "SELECT ", "DISTINCT ", " FROM ", " WHERE ", " GROUP BY ", " HAVING ", " ORDER BY ", " DESC",
    " LIMIT ", " OFFSET ", " UNION ALL ", " EXCEPT ", " INTERSECT ", "WITH ", " AS ", " AS (",
    " JOIN ", " LEFT JOIN ", " CROSS JOIN ", " ON ", " USING ", "UNNEST(", " WITH ORDINALITY",
    " OVER (PARTITION BY ", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", "GROUPING SETS (",
    "ROLLUP (", "CASE WHEN ", " THEN ", " ELSE ", " END", " AND ", " OR ", "NOT ", " IN (",
    " BETWEEN ", " LIKE ", " ESCAPE ", " IS NULL", " IS DISTINCT FROM ", "EXISTS (", "CAST(",
    "TRY_CAST(", "TRY(", " AS varchar)", " AS bigint)", " AS double)", " AS timestamp)",
    " AS json)", " AS array(varchar))", " AS map(varchar, varchar))", " AS decimal(10, 2))",
    "(", ")", ", ", ".", "[", "]", " = ", " <> ", " < ", " >= ", " + ", " - ", " * ", " / ",
    " % ", " || ", " -> ", "*", "'", "\"", "a", "b", "x", "t", "r", "$files", "eventName",
    "eventTime", "userIdentity", ".arn", ".sessionContext", "resources", "requestParameters",
    "responseElements", "eventJson", "readOnly", "eventID", "sourceIPAddress", "NULL", "true",
    "0", "1", "-1", "9223372036854775807", "1.5", "1e308", "'a'", "''", "'2026-04-19'",
    "DATE '2026-04-19'", "TIMESTAMP '2026-04-19 08:00:00'", "INTERVAL '1' DAY", "ARRAY[",
    "MAP(", "ROW(", "count(", "max_by(", "array_agg(", "approx_percentile(", "element_at(",
    "cardinality(", "transform(", "filter(", "reduce(", "any_match(", "map_agg(", "date_trunc(",
    "date_diff(", "date_format(", "date_parse(", "json_extract_scalar(", "json_parse(",
    "regexp_extract(", "split(", "sequence(", "substr(", "format(",
];

fn statement(data: &[u8]) -> String {
    let mut text = String::new();
    for byte in data {
        match WORDS.get(usize::from(*byte)) {
            Some(&"$files") => text.push_str(FILES),
            Some(word) => text.push_str(word),
            None => text.push(char::from(byte & 0x7f)),
        }
    }
    text
}

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    static ROWS: RefCell<Files> = RefCell::new(rows());
}

fn rows() -> Files {
    let mut files = Files::new(ROOM);
    for record in RECORDS {
        assert!(files.push(record.as_bytes()).expect("there is room"));
    }
    files
}

fuzz_target!(|data: &[u8]| {
    let statement = statement(data);
    let answer = ROWS.with_borrow_mut(|rows| {
        RUNTIME.with(|runtime| {
            runtime.block_on(async {
                tokio::time::timeout(PATIENCE, rows.query(&statement, NOW, 1)).await
            })
        })
    });
    match answer {
        Ok(Ok((labels, rows))) => assert!(rows.iter().all(|row| row.len() == labels.len())),
        Ok(Err(FilesError::Full(_))) => unreachable!("the records are few"),
        Ok(Err(error)) => {
            let said = error.to_string();
            assert!(!said.is_empty() && !said.contains("Internal error"), "{statement}: {said}");
        }
        Err(_) => {}
    }
});
