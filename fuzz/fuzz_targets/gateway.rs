//! Any bytes as an HTTP request and its answer: recognising the operation and rendering its record
//! never panic, and what comes out is bounded by what went in.
//!
//! ```text
//! data   request NUL answer
//! request   method SP path[?query] LF (name:value LF)* LF body
//! answer    status byte, body
//! ```
//! The first byte of the method picks an operation of the catalog to speak to, so that most runs
//! get past recognition.

#![no_main]

use cairn_catalog::{Catalog, Operation, Service};
use cairn_gateway::recognise::{Recognised, Scope, recognise};
use cairn_gateway::render::{
    Answered, Asked, Place, Rules, Traffic, additional_event_data, failure, request_parameters,
    resources, response_elements,
};
use cairn_wire::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;

/// Escapes and names make a rendering longer than its request, by no more than this.
const GROWTH: usize = 64;

fuzz_target!(|data: &[u8]| {
    let (request, answer) = split(data, 0);
    let (head, body) = match request.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&request[..at], &request[at + 2..]),
        None => (request, &b""[..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (method, target) = line.split_once(' ').unwrap_or(("POST", &line));
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    let mut headers = HeaderMap::new();
    for line in lines.take(32) {
        let (name, value) = split(line, b':');
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    let parts = Parts { method: &method, path: &path, query, headers: &headers };
    let (service, operation) = picked(data);
    let scopes = [None, Some(service.signing_name), Some("s3")];
    for scope in scopes {
        let scope = Scope { region: scope.map(|_| "eu-central-1"), service: scope };
        let found = recognise(&parts, scope, body, &["example.com".to_owned()]);
        render(&parts, &found, (found.service, found.operation), body, answer);
        render(&parts, &found, (Some(service), Some(operation)), body, answer);
    }
});

fn render(
    parts: &Parts<'_>,
    found: &Recognised<'_>,
    (service, operation): (Option<&Service>, Option<&Operation>),
    body: &[u8],
    answer: &[u8],
) {
    let asked = Asked {
        service,
        operation,
        protocol: found.protocol,
        parts: *parts,
        labels: &found.labels,
        bucket: found.bucket.as_deref(),
        host: Some("h"),
        body,
        whole: body.len() % 5 != 0,
    };
    let empty = HeaderMap::new();
    let (status, answer) = answer.split_first().map_or((200, answer), |(first, rest)| {
        (200 + u16::from(*first) * 2, rest)
    });
    let answered = Answered { status, headers: &empty, body: answer, whole: true };
    let rules = Rules::default();
    let parameters = request_parameters(&asked, &rules);
    let elements = response_elements(&asked, &answered, &rules);
    failure(&asked, &answered);
    additional_event_data(&asked, &answered, &Traffic::default());
    if let Some(operation) = operation {
        let account = "111122223333".parse().expect("twelve digits");
        let place = Place { partition: "aws", region: "eu-central-1", account };
        resources(operation, &place, parameters.as_ref(), elements.as_ref());
    }
    let size = |json: &Option<cairn_event::Json>| {
        serde_json::to_vec(json).expect("what is rendered is JSON").len()
    };
    let head: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let came = parts.path.len() + parts.query.map_or(0, str::len) + head + body.len() + answer.len();
    assert!(size(&parameters) + size(&elements) <= GROWTH * (came + 4096), "{came} bytes came");
}

/// One of all operations, by the input's first bytes.
fn picked(data: &[u8]) -> (&'static Service, &'static Operation) {
    let byte = |at: usize| usize::from(data.get(at).copied().unwrap_or(7));
    let catalog = Catalog::embedded();
    let count = catalog.services().count();
    let at = (byte(0) * 251 + data.len()) % count;
    let id = catalog.services().nth(at).expect("there are as many");
    let service = catalog.service(id);
    let operations = service.operations();
    (service, &operations[(byte(1) * 31 + data.len()) % operations.len()])
}

fn split(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == at) {
        Some(place) => (&bytes[..place], &bytes[place + 1..]),
        None => (bytes, &[]),
    }
}
