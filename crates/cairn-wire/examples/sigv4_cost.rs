//! What authenticating one small request costs: parse, hash the body, verify.

use std::io::{self, Write};

use cairn_core::{Clock, SystemClock, Timestamp};
use cairn_wire::Parts;
use cairn_wire::sigv4::{Dialect, Payload, Presented, Signer, SigningKey, Skew};
use http::{HeaderMap, HeaderValue, Method};

const ROUNDS: u32 = 300_000;
const BODY: &[u8] =
    br#"{"LookupAttributes":[{"AttributeKey":"EventName","AttributeValue":"RunInstances"}]}"#;

fn main() -> io::Result<()> {
    let now = Timestamp::from_seconds(1_440_938_160);
    let headers = signed(now);
    let parts = Parts { method: &Method::POST, path: "/", query: None, headers: &headers };
    let key = SigningKey::derive("secret", "20150830", "us-east-1", "cloudtrail");
    let clock = SystemClock::default();
    let started = clock.elapsed();
    for _ in 0..ROUNDS {
        let presented = Presented::parse(&parts).expect("the request is signed");
        let judgement = presented.verify(&key, Payload::of(BODY), Skew::default(), now);
        assert_eq!(judgement, Ok(()));
    }
    let each = clock.elapsed().saturating_sub(started) / ROUNDS;
    writeln!(io::stdout(), "{each:?} for a request with {} headers", headers.len())
}

fn signed(now: Timestamp) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    for (name, value) in [
        ("host", "127.0.0.1:4586"),
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", target),
        ("user-agent", "aws-cli/1.45.11 Python/3.11"),
        ("accept-encoding", "identity"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: "secret",
        session_token: None,
        region: "us-east-1",
        service: "cloudtrail",
        dialect: Dialect::of("cloudtrail"),
    };
    let parts = Parts { method: &Method::POST, path: "/", query: None, headers: &headers };
    signer.sign(&parts, Payload::of(BODY), now).expect("the request can be signed")
}
