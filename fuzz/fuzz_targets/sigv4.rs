//! Any bytes as a signed request: parsing and verifying never panic, nothing that our key did not
//! sign is accepted, and what our signer signs is accepted whatever the rest of the request is.
//!
//! Input: method, path, query and then `name:value` headers, a line each.

#![no_main]

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_wire::query::Params;
use cairn_wire::sigv4::{AuthError, Dialect, Payload, Presented, Signer, SigningKey, Skew};
use cairn_wire::{Fault, Parts, recognise};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;

const SECRET: &str = "a secret that no corpus holds";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut lines = text.split('\n');
    let method = lines.next().and_then(|line| line.parse().ok()).unwrap_or(Method::POST);
    let path = lines.next().unwrap_or("/");
    let query = lines.next().filter(|line| !line.is_empty());
    let mut headers = headers(lines);
    let now = Timestamp::from_seconds(1_440_938_160);
    attack(&Parts { method: &method, path, query, headers: &headers }, now);

    for name in ["authorization", "x-amz-content-sha256", "x-amz-target"] {
        headers.remove(name);
    }
    headers.insert("host", HeaderValue::from_static("cairn.example"));
    sign(&Parts { method: &method, path, query, headers: &headers }, now);
});

fn headers<'a>(lines: impl Iterator<Item = &'a str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')).take(100) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

fn attack(parts: &Parts<'_>, now: Timestamp) {
    recognise(parts, parts.path.as_bytes());
    let presented = match Presented::parse(parts) {
        Ok(presented) => presented,
        Err(error) => return drop(Fault::from(error)),
    };
    // The request's own instant is tried too, so that the dates do not hide what lies behind them.
    for now in [now, presented.signed_at()] {
        for payload in [Payload::of(b""), Payload::Unsigned] {
            assert!(presented.verify(&key(&presented), payload, Skew::default(), now).is_err());
        }
    }
}

fn sign(parts: &Parts<'_>, now: Timestamp) {
    let signer = Signer {
        access_key_id: "AKIDEXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "us-east-1",
        service: "cloudtrail",
        dialect: Dialect::of("cloudtrail"),
    };
    let payload = Payload::of(b"");
    let Ok(headers) = signer.sign(parts, payload, now) else {
        return;
    };
    accepted(&Parts { headers: &headers, ..*parts }, payload, now);
    // It would contradict what the signer says of the body.
    if brings_content_hash(parts.query) {
        return;
    }
    let query = signer
        .presign(parts, payload, now, Duration::from_secs(60))
        .expect("what can be signed can be presigned");
    accepted(&Parts { query: Some(&query), ..*parts }, payload, now);
}

fn brings_content_hash(query: Option<&str>) -> bool {
    let is = |name: &str| name.eq_ignore_ascii_case("x-amz-content-sha256");
    Params::parse(query, b"").map_or(true, |params| params.iter().any(|(name, _)| is(name)))
}

fn accepted(parts: &Parts<'_>, payload: Payload, now: Timestamp) {
    match Presented::parse(parts) {
        Ok(presented) => {
            let verified = presented.verify(&key(&presented), payload, Skew::default(), now);
            assert_eq!(verified, Ok(()));
        }
        // The request brought parts of a signature of its own, or headers that may not repeat.
        Err(AuthError::TwoMechanisms | AuthError::Repeated(_)) => {}
        Err(AuthError::MissingParts { .. } | AuthError::Date(_)) if parts.query.is_some() => {}
        // The server wants parameters' names to be UTF-8; the canonicaliser works on bytes.
        Err(AuthError::Escape | AuthError::SignedHeaders) => {}
        Err(other) => panic!("a signed request was refused: {other}"),
    }
}

fn key(presented: &Presented<'_>) -> SigningKey {
    let scope = presented.scope();
    SigningKey::derive(SECRET, &scope.date, &scope.region, &scope.service)
}
