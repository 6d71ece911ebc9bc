//! Which service, protocol and operation a request is for.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;

use crate::Parts;
use crate::aws_json::{self, Version};
use crate::percent::{self, Plus};

/// How the body is written, and the answer with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Json(Version),
    Query,
    /// EC2's form of the query protocol.
    Ec2,
    RestJson,
    RestXml,
    /// Smithy RPC v2 CBOR.
    Cbor,
}

/// What a request asks for, as far as its protocol tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route<'a> {
    /// What a JSON target names beside the operation: `CloudTrail_20131101`.
    pub service_prefix: Option<&'a str>,
    pub protocol: Protocol,
    pub operation: Cow<'a, str>,
}

/// Recognises a call of the JSON and query protocols; `None` for anything else.
///
/// `body_prefix` is as much of the body as there is; it is read only where the operation's name is
/// in there. Which service is meant, the signature's scope says.
pub fn recognise<'a>(parts: &Parts<'a>, body_prefix: &'a [u8]) -> Option<Route<'a>> {
    if let Some(target) = aws_json::target(parts.headers) {
        let version = Version::of(parts.headers).unwrap_or(Version::V1_1);
        return Some(Route {
            service_prefix: Some(target.service_prefix),
            protocol: Protocol::Json(version),
            operation: Cow::Borrowed(target.operation),
        });
    }
    let form = is_form(parts).then_some(body_prefix).and_then(action);
    let operation = form.or_else(|| action(parts.query.unwrap_or_default().as_bytes()))?;
    Some(Route { service_prefix: None, protocol: Protocol::Query, operation })
}

fn is_form(parts: &Parts<'_>) -> bool {
    let essence = parts.header(&CONTENT_TYPE).and_then(|text| text.split(';').next());
    essence
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// The value of `Action` in a form of which the end may be missing.
fn action(form: &[u8]) -> Option<Cow<'_, str>> {
    let value =
        form.split(|byte| *byte == b'&').find_map(|piece| piece.strip_prefix(b"Action="))?;
    percent::decode(std::str::from_utf8(value).ok()?, Plus::Space).ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn route<'a>(
        headers: &'a HeaderMap,
        query: Option<&'a str>,
        body: &'a [u8],
    ) -> Option<Route<'a>> {
        recognise(&Parts { method: &Method::POST, path: "/", query, headers }, body)
    }

    #[test]
    fn json_calls_are_named_by_their_target() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", "CloudTrail_20131101.LookupEvents".parse().unwrap());
        let found = route(&headers, None, b"Action=Other").unwrap();
        assert_eq!(found.service_prefix, Some("CloudTrail_20131101"));
        assert_eq!(found.operation, "LookupEvents");
        assert_eq!(found.protocol, Protocol::Json(Version::V1_1));
    }

    #[test]
    fn query_calls_are_named_by_their_action() {
        let mut headers = HeaderMap::new();
        assert_eq!(route(&headers, None, b"Action=GetCallerIdentity"), None);
        let by_query = route(&headers, Some("a=1&Action=GetSessionToken"), b"").unwrap();
        assert_eq!(by_query.operation, "GetSessionToken");
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        headers.insert(CONTENT_TYPE, form.parse().unwrap());
        let by_form =
            route(&headers, None, b"Action=GetCallerIdentity&Version=2011-06-15").unwrap();
        assert_eq!((by_form.service_prefix, by_form.protocol), (None, Protocol::Query));
        assert_eq!(by_form.operation, "GetCallerIdentity");
    }
}
