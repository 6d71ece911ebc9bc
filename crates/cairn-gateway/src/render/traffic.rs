//! `additionalEventData` of S3: how a request was signed and what it moved.

use cairn_event::Json;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::form::pairs;
use super::names::starts_with;
use super::{Answered, Asked, is_s3, leaf};

/// What a request and its answer moved, and over what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic<'a> {
    /// The request's body, in bytes.
    pub bytes_in: u64,
    /// The answer's body, in bytes.
    pub bytes_out: u64,
    /// The name of the TLS cipher suite; `None` without TLS.
    pub cipher_suite: Option<&'a str>,
}

/// A number of bytes. Data events count in doubles.
pub fn count(bytes: u64, is_data: bool) -> Json {
    if is_data { leaf::float(bytes as f64) } else { bytes.into() }
}

/// `additionalEventData`; `None` for services whose records have none.
pub fn additional_event_data(
    asked: &Asked<'_>,
    answered: &Answered<'_>,
    traffic: &Traffic<'_>,
) -> Option<Json> {
    asked.service.filter(|service| is_s3(service))?;
    let is_data = asked.operation.is_some_and(|operation| operation.data.is_some());
    let count = |bytes| count(bytes, is_data);
    let (version, method) = signature(asked);
    let members = [
        ("SignatureVersion", version.map(Json::from)),
        ("CipherSuite", traffic.cipher_suite.map(Json::from)),
        ("bytesTransferredIn", Some(count(traffic.bytes_in))),
        ("SSEApplied", encryption(asked, answered.headers).map(Json::from)),
        ("AuthenticationMethod", method.map(Json::from)),
        ("x-amz-id-2", text(answered.headers, "x-amz-id-2").map(Json::from)),
        ("bytesTransferredOut", Some(count(traffic.bytes_out))),
    ];
    Some(Json::map(members.into_iter().filter_map(|(name, value)| Some((name, value?)))))
}

/// The version of a request's signature and where it stands; nothing for an unsigned request.
fn signature(asked: &Asked<'_>) -> (Option<&'static str>, Option<&'static str>) {
    if let Some(value) = asked.parts.headers.get(AUTHORIZATION) {
        let new = starts_with(value.to_str().unwrap_or_default(), "AWS4-");
        return (Some(if new { "SigV4" } else { "SigV2" }), Some("AuthHeader"));
    }
    let has = |wanted: &str| {
        pairs(asked.parts.query.unwrap_or_default())
            .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    if has("X-Amz-Signature") {
        (Some("SigV4"), Some("QueryString"))
    } else if has("Signature") {
        (Some("SigV2"), Some("QueryString"))
    } else {
        (None, None)
    }
}

/// How the object of the call is encrypted at rest, where the answer says so.
fn encryption(asked: &Asked<'_>, answer: &HeaderMap) -> Option<&'static str> {
    const ALGORITHM: &str = "x-amz-server-side-encryption";
    if answer.contains_key("x-amz-server-side-encryption-customer-algorithm") {
        return Some("SSE_C");
    }
    let by_default = asked.operation.is_some_and(|operation| !operation.read_only)
        && !asked.parts.headers.contains_key(ALGORITHM);
    Some(match (text(answer, ALGORITHM)?, by_default) {
        ("AES256", true) => "Default_SSE_S3",
        ("AES256", false) => "SSE_S3",
        ("aws:kms", true) => "Default_SSE_KMS",
        ("aws:kms", false) => "SSE_KMS",
        ("aws:kms:dsse", _) => "DSSE_KMS",
        _ => return None,
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
