//! Turns a call into a signed HTTP request.

use cairn_core::{SystemEntropy, Timestamp};
use cairn_wire::Parts;
use cairn_wire::sigv4::{Dialect, Payload, Signer};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Method, Request};

use super::{Call, ClientError, Endpoint};
use crate::credentials::Key;

const AWS_JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const AGENT: HeaderValue = HeaderValue::from_static(concat!("cairn/", env!("CARGO_PKG_VERSION")));
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const INVOCATION: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");

/// Whose request it is, and when.
pub(super) struct Identity<'a> {
    pub(super) key: &'a Key,
    pub(super) region: &'a str,
    pub(super) now: Timestamp,
}

pub(super) fn request(
    identity: &Identity,
    endpoint: &Endpoint,
    call: &Call,
) -> Result<Request<Full<Bytes>>, ClientError> {
    let path = format!("{}{}", endpoint.base, call.path);
    let headers = headers(endpoint, call)?;
    let query = call.query.as_deref();
    let parts = Parts { method: &call.method, path: &path, query, headers: &headers };
    let Identity { key, region, now } = *identity;
    let signer = Signer {
        access_key_id: &key.id,
        secret: &key.secret,
        session_token: key.session_token.as_deref(),
        region,
        service: call.service,
        dialect: Dialect::of(call.service),
    };
    let signed = signer.sign(&parts, Payload::of(&call.body), now);
    let uri = match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let body = Full::new(call.body.clone());
    let request = Request::builder().method(&call.method).uri(uri).body(body);
    let (mut head, body) = request.map_err(|_| unsignable(endpoint))?.into_parts();
    head.headers = signed.map_err(|_| unsignable(endpoint))?;
    Ok(Request::from_parts(head, body))
}

fn headers(endpoint: &Endpoint, call: &Call) -> Result<HeaderMap, ClientError> {
    let value = |text: &str| HeaderValue::from_str(text).map_err(|_| unsignable(endpoint));
    let mut headers = HeaderMap::new();
    headers.insert(HOST, value(&endpoint.authority)?);
    headers.insert(USER_AGENT, AGENT);
    match &call.target {
        Some(target) => {
            headers.insert(CONTENT_TYPE, AWS_JSON);
            headers.insert(TARGET, value(target)?);
        }
        None if call.method == Method::POST => {
            headers.insert(CONTENT_TYPE, JSON);
        }
        None => {}
    }
    // Two equal calls in one second would have one signature, and the second look like a replay.
    headers.insert(INVOCATION, value(&cairn_core::event_id(&SystemEntropy))?);
    Ok(headers)
}

fn unsignable(endpoint: &Endpoint) -> ClientError {
    ClientError::Unsignable { url: endpoint.url.clone() }
}
