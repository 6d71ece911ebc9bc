//! The head of a request as it came over the wire.

use http::{HeaderMap, HeaderName, Method};

/// The parts of a request that a signature covers, borrowed and raw: nothing is decoded, so that
/// the signature, the router and the decoder all start from the same bytes.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub method: &'a Method,
    /// Percent-encoded, starting with `/`.
    pub path: &'a str,
    /// Percent-encoded, without the question mark.
    pub query: Option<&'a str>,
    pub headers: &'a HeaderMap,
}

impl<'a> Parts<'a> {
    pub fn of(head: &'a http::request::Parts) -> Self {
        Self {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
        }
    }

    /// A header's value where there is exactly one and it is visible ASCII.
    pub fn header(&self, name: &HeaderName) -> Option<&'a str> {
        let mut values = self.headers.get_all(name).iter();
        let only = values.next()?;
        if values.next().is_some() {
            return None;
        }
        only.to_str().ok()
    }
}
