//! The head of a request as the upstream gets it, and of an answer as the client does.

use cairn_wire::Fault;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap,
    HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::request::Parts as Head;
use http::uri::Scheme;
use http::{Method, Uri, Version};

use crate::config::Url;

const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// What `Connection` may name: headers that mean nothing beyond it anyway.
const OF_CONNECTION: [&str; 9] = [
    "close",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// What no upstream may be asked, since it and Cairn could read it two ways.
///
/// # Errors
/// What the client has to change.
pub(super) fn refuse_ambiguous(head: &Head) -> Result<(), Fault> {
    let wrong = |text: &str| Err(Fault::client("InvalidRequest", text));
    if head.method == Method::CONNECT {
        let text = "CONNECT is not forwarded: send the call itself";
        return Err(Fault::client("MethodNotAllowed", text).with_status(405));
    }
    for name in [AUTHORIZATION, CONTENT_TYPE, HOST] {
        if head.headers.get_all(&name).iter().count() > 1 {
            return wrong("send Authorization, Content-Type and Host once");
        }
    }
    if head.headers.contains_key(TRANSFER_ENCODING) && head.headers.contains_key(CONTENT_LENGTH) {
        return wrong("send Content-Length or Transfer-Encoding, not both");
    }
    let named = head.headers.get_all(CONNECTION).iter();
    let named = named.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    for name in named.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()) {
        if !OF_CONNECTION.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())) {
            return wrong("Connection may not name headers that are for the service");
        }
    }
    Ok(())
}

/// Takes away what speaks of one connection only (RFC 9110, 7.6.1). The framing is written anew.
pub(super) fn strip(headers: &mut HeaderMap) {
    for name in [
        HTTP2_SETTINGS,
        CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRANSFER_ENCODING,
        UPGRADE,
    ] {
        headers.remove(name);
    }
}

/// Takes away what speaks of the framing of signed chunks, once that is gone.
pub(super) fn strip_chunked(headers: &mut HeaderMap) {
    strip_trailer(headers);
    headers.remove("x-amz-decoded-content-length");
    let Some(encoding) = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return;
    };
    let left = encoding.split(',').map(str::trim).filter(|name| *name != "aws-chunked");
    let left = left.collect::<Vec<_>>().join(",");
    match HeaderValue::from_str(&left) {
        Ok(value) if !left.is_empty() => headers.insert(CONTENT_ENCODING, value),
        _ => headers.remove(CONTENT_ENCODING),
    };
}

/// `Trailer` announces what only chunked framing can carry.
pub(super) fn strip_trailer(headers: &mut HeaderMap) {
    headers.remove(TRAILER);
}

/// Where an upstream is.
pub(super) fn address(url: &Url) -> Uri {
    let scheme = if url.tls { Scheme::HTTPS } else { Scheme::HTTP };
    let built = Uri::builder().scheme(scheme).authority(&*url.authority).path_and_query("/");
    built.build().expect("the authority was read from an address")
}

/// HTTP/2 says in its own way what HTTP/1.1 says in `Host`, and so do signatures.
pub(crate) fn name_host(head: &mut http::request::Parts) {
    if head.version == Version::HTTP_2
        && !head.headers.contains_key(HOST)
        && let Some(authority) = head.uri.authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        head.headers.insert(HOST, value);
    }
}
