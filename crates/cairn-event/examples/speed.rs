//! Prints what reading a record costs: `cargo run --release -p cairn-event --example speed`.
//!
//! Without an argument the records are generated, about 1.5 KB each; with one, they are the lines
//! of that file.

use std::hint::black_box;
use std::io::Write;

use bytes::Bytes;
use cairn_core::{Clock, SeededEntropy, SystemClock, event_id, unique_id};
use cairn_event::{Event, Piece, split};

const RECORDS: usize = 2000;
const ROUNDS: usize = 40;

fn main() -> std::io::Result<()> {
    let lines = match std::env::args_os().nth(1) {
        Some(path) => std::fs::read_to_string(path)?,
        None => generate(),
    };
    let records: Vec<Bytes> =
        lines.lines().map(|line| Bytes::copy_from_slice(line.as_bytes())).collect();
    let envelope = format!("{{\"Records\":[{}]}}", lines.lines().collect::<Vec<_>>().join(","));
    let bodies = [("split, lines", Bytes::from(lines)), ("split, envelope", Bytes::from(envelope))];

    let mut out = std::io::stdout().lock();
    let size: usize = records.iter().map(Bytes::len).sum();
    writeln!(out, "{} records, {} bytes on average", records.len(), size / records.len())?;
    let mut report = |name: &str, seconds: f64| {
        let each = seconds * 1e9 / records.len() as f64;
        writeln!(out, "{name:16} {each:7.0} ns/event {:6.2} GB/s", size as f64 / seconds / 1e9)
    };
    report(
        "parse",
        best(|| records.iter().filter(|raw| Event::parse((*raw).clone()).is_ok()).count()),
    )?;
    for (name, body) in bodies {
        let events = || split(&body, usize::MAX).filter(|piece| matches!(piece, Piece::Event(_)));
        report(name, best(|| events().count()))?;
    }
    let events: Vec<Event> = records.iter().flat_map(|raw| Event::parse(raw.clone())).collect();
    report("username", best(|| events.iter().filter_map(|event| event.username()).count()))?;
    report("resources", best(|| events.iter().map(|event| event.resources().len()).sum()))
}

/// Seconds of the fastest round.
fn best(mut round: impl FnMut() -> usize) -> f64 {
    let clock = SystemClock::default();
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = clock.elapsed().as_secs_f64();
        black_box(round());
        best = best.min(clock.elapsed().as_secs_f64() - start);
    }
    best
}

/// Assumed-role calls whose lengths and optional members differ.
fn generate() -> String {
    let entropy = SeededEntropy::new(1);
    let mut lines = String::new();
    for _ in 0..RECORDS {
        lines.push_str(&record(&entropy));
        lines.push('\n');
    }
    lines
}

fn record(entropy: &SeededEntropy) -> String {
    let pick = |from: &[&'static str]| from[entropy.below(from.len() as u64) as usize];
    let role = unique_id("AROA", entropy);
    let name = pick(&["deploy", "ReadOnlyAudit", "team-data-platform", "ci"]);
    let session = pick(&["alice", "bob@example.com", "i-0a1b2c3d4e5f60718", "GitHubActions"]);
    let action = pick(&["DescribeInstances", "PutBucketPolicy", "GetObject", "CreateUser"]);
    let error = pick(&[
        "",
        "",
        "",
        "\"errorCode\":\"AccessDenied\",\"errorMessage\":\"User is not authorized to perform: \
         iam:CreateUser on resource: arn:aws:iam::111122223333:user/x because no identity-based \
         policy allows it\",",
    ]);
    let parameters = pick(&[
        "null",
        "{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-0123456789abcdef\"}]},\"filterSet\":{}}",
        "{\"bucketName\":\"invoices-2026\",\"Host\":\"invoices-2026.s3.eu-west-1.amazonaws.com\",\
         \"policy\":\"{\\\"Version\\\":\\\"2012-10-17\\\",\\\"Statement\\\":[]}\"}",
    ]);
    let agent = pick(&[
        "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.7 \
         md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/command#ec2.describe",
        "Boto3/1.40.1 md/Botocore#1.40.1",
        "cloudformation.amazonaws.com",
    ]);
    let minute = entropy.below(60);
    format!(
        "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"AssumedRole\",\"principalId\":\
         \"{role}:{session}\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/{name}/{session}\",\
         \"accountId\":\"111122223333\",\"accessKeyId\":\"{key}\",\"sessionContext\":\
         {{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"{role}\",\"arn\":\
         \"arn:aws:iam::111122223333:role/{name}\",\"accountId\":\"111122223333\",\"userName\":\
         \"{name}\"}},\"attributes\":{{\"creationDate\":\"2026-03-01T08:{minute:02}:00Z\",\
         \"mfaAuthenticated\":\"false\"}}}}}},\"eventTime\":\"2026-03-01T09:{minute:02}:17Z\",\
         \"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"{action}\",\"awsRegion\":\
         \"eu-west-1\",\"sourceIPAddress\":\"198.51.100.{minute}\",\"userAgent\":\"{agent}\",\
         {error}\"requestParameters\":{parameters},\"responseElements\":null,\
         \"requestID\":\"{request}\",\
         \"eventID\":\"{id}\",\"readOnly\":true,\"resources\":[{{\"accountId\":\"111122223333\",\
         \"type\":\"AWS::S3::Bucket\",\"ARN\":\"arn:aws:s3:::invoices-2026\"}}],\"eventType\":\
         \"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"111122223333\",\
         \"eventCategory\":\"Management\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\
         \"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\
         \"ec2.eu-west-1.amazonaws.com\"}}}}",
        key = unique_id("ASIA", entropy),
        request = event_id(entropy),
        id = event_id(entropy),
    )
}
