//! Prints what recognising a request costs:
//! `cargo run --release -p cairn-gateway --example recognise`.

use std::hint::black_box;
use std::io::Write;

use cairn_core::{Clock, SystemClock};
use cairn_gateway::recognise::{Scope, recognise};
use cairn_wire::Parts;
use http::{HeaderMap, HeaderValue, Method};

const ROUNDS: usize = 20;
const CALLS: usize = 10_000;

/// Service, method, path, query, host, content type, target, body.
type Line = [&'static str; 8];

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/x-amz-json-1.0";

const LINES: &[Line] = &[
    ["s3", "GET", "/bucket/some/key.txt", "", "127.0.0.1:9000", "", "", ""],
    ["s3", "PUT", "/key", "partNumber=1&uploadId=x", "b.s3.us-east-1.amazonaws.com", "", "", ""],
    ["s3", "GET", "/bucket", "list-type=2&prefix=a%2F", "127.0.0.1:9000", "", "", ""],
    ["dynamodb", "POST", "/", "", "127.0.0.1:8000", JSON, "DynamoDB_20120810.PutItem", "{}"],
    ["sqs", "POST", "/", "", "sqs.us-east-1.amazonaws.com", JSON, "AmazonSQS.SendMessage", "{}"],
    ["iam", "POST", "/", "", "127.0.0.1:5000", FORM, "", "Action=ListUsers&Version=2010-05-08"],
    ["ec2", "POST", "/", "", "127.0.0.1:5000", FORM, "", "Action=RunInstances&Version=2016-11-15"],
    ["lambda", "POST", "/2015-03-31/functions/f/invocations", "", "127.0.0.1:5000", "", "", ""],
    ["sagemaker", "POST", "/endpoints/name/invocations", "", "127.0.0.1:5000", "", "", ""],
    ["", "GET", "/bucket/key", "", "127.0.0.1:9000", "", "", ""],
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let clock = SystemClock::default();
    let seconds = || clock.elapsed().as_secs_f64();
    let mut sum = 0.0;
    for line in LINES {
        let [service, method, path, query, host, kind, target, body] = *line;
        let mut headers = HeaderMap::new();
        for (name, value) in [("host", host), ("content-type", kind), ("x-amz-target", target)] {
            if !value.is_empty() {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        let method: Method = method.parse().unwrap_or_default();
        let query = (!query.is_empty()).then_some(query);
        let parts = Parts { method: &method, path, query, headers: &headers };
        let service = (!service.is_empty()).then_some(service);
        let scope = Scope { region: Some("us-east-1"), service };
        let domains = ["cairn.local".to_owned()];
        let mut best = f64::MAX;
        for _ in 0..ROUNDS {
            let start = seconds();
            for _ in 0..CALLS {
                black_box(recognise(black_box(&parts), scope, body.as_bytes(), &domains));
            }
            best = best.min((seconds() - start) / CALLS as f64);
        }
        let found = recognise(&parts, scope, body.as_bytes(), &domains);
        let name = found.operation.map_or("none", |operation| operation.name);
        writeln!(out, "{:6.0} ns {} {name}", best * 1e9, service.unwrap_or("unsigned"))?;
        sum += best;
    }
    writeln!(out, "{:6.0} ns on average", sum * 1e9 / LINES.len() as f64)
}
