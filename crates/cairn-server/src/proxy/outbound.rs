//! The head of a request as the upstream gets it, and of an answer as the client does.

use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Uri, Version};

use crate::config::Url;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Takes away what speaks of one connection only (RFC 9110, 7.6.1). The framing is written anew.
pub(super) fn strip(headers: &mut HeaderMap) {
    if let Some(named) = headers.get(CONNECTION).cloned() {
        let names = named.to_str().unwrap_or_default().split(',').map(str::trim);
        for name in names.filter(|name| !name.eq_ignore_ascii_case("close")) {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                headers.remove(name);
            }
        }
    }
    for name in [
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

/// `Trailer` announces what only chunked framing can carry.
pub(super) fn strip_trailer(headers: &mut HeaderMap) {
    headers.remove(TRAILER);
}

/// The address of a request line at the upstream: path and query as the client sent them.
pub(super) fn address(url: &Url, line: Option<&PathAndQuery>) -> Option<Uri> {
    let authority: Authority = url.authority.parse().ok()?;
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(if url.tls { Scheme::HTTPS } else { Scheme::HTTP });
    parts.authority = Some(authority);
    parts.path_and_query = Some(line.cloned().unwrap_or_else(|| PathAndQuery::from_static("/")));
    Uri::from_parts(parts).ok()
}

/// HTTP/2 says in its own way what HTTP/1.1 says in `Host`, and so do signatures.
pub(crate) fn name_host(head: &mut http::request::Parts) {
    if head.version == Version::HTTP_2
        && !head.headers.contains_key(http::header::HOST)
        && let Some(authority) = head.uri.authority()
        && let Ok(value) = HeaderValue::from_str(authority.as_str())
    {
        head.headers.insert(http::header::HOST, value);
    }
}
