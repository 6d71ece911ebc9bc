//! One request, taken apart.

use std::net::IpAddr;

use bytes::{Bytes, BytesMut};
use cairn_catalog::Catalog;
use cairn_core::Timestamp;
use cairn_ports::Actor;
use http::{HeaderMap, Method, request};
use http_body_util::BodyExt;

use crate::Body;
use crate::data::Claims;
use crate::fault::Fault;

/// The most bytes that the name of a key may have.
const KEY_BYTES: usize = 1024;

/// Where a request came from: an extension of the request that the front door may set.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    pub address: IpAddr,
    /// `aws:SecureTransport`.
    pub secure: bool,
}

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Ask {
    /// The name in S3's model: `PutObject`.
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Empty for `ListBuckets`.
    pub(crate) bucket: String,
    /// Empty for operations of a bucket.
    pub(crate) key: String,
    query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) actor: Actor,
    pub(crate) request_id: String,
    pub(crate) peer: Option<Peer>,
}

impl Ask {
    /// `domains` are hosts whose labels in front name a bucket.
    pub(crate) fn read(
        parts: request::Parts,
        domains: &[String],
        actor: Actor,
        request_id: &str,
    ) -> Result<Self, Fault> {
        let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let host = host.or(parts.uri.host()).unwrap_or_default();
        let path = match bucket_of(host, domains) {
            Some(bucket) => format!("/{bucket}{}", parts.uri.path()),
            None => parts.uri.path().to_owned(),
        };
        let query = parts.uri.query().unwrap_or_default();
        let has_header = |name: &str| parts.headers.contains_key(name);
        let operation = route(&parts.method, &path, query, &has_header)
            .ok_or_else(|| unknown(&parts.method, &path))?;
        let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
        let key = unescape(key, false).ok_or_else(|| invalid_uri(&path))?;
        if key.len() > KEY_BYTES {
            let text = "Your key is too long";
            let fault = Fault::new(400, "KeyTooLongError", text);
            return Err(fault
                .fact("Size", key.len().to_string())
                .fact("MaxSizeAllowed", KEY_BYTES.to_string()));
        }
        Ok(Self {
            operation,
            bucket: unescape(bucket, false).ok_or_else(|| invalid_uri(&path))?,
            key,
            query: parse_query(query).ok_or_else(|| invalid_uri(&path))?,
            peer: parts.extensions.get::<Peer>().copied(),
            method: parts.method,
            headers: parts.headers,
            actor,
            request_id: request_id.to_owned(),
        })
    }

    /// A request that did not come over the wire.
    pub(crate) fn inner(operation: &'static str, actor: Actor, bucket: &str, key: &str) -> Self {
        Self {
            operation,
            method: Method::GET,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            actor,
            request_id: String::new(),
            peer: None,
        }
    }

    pub(crate) fn name_version(&mut self, version: Option<&str>) {
        let version = version.map(|version| ("versionId".to_owned(), version.to_owned()));
        self.query.extend(version);
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that has a value.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.query(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.header(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// A number of a page: at most `most`, which is also what a missing one means.
    pub(crate) fn count(&self, name: &str, most: u32) -> Result<u32, Fault> {
        let Some(text) = self.given(name) else { return Ok(most) };
        let invalid = || {
            let text = "Provided argument not an integer or within integer range";
            let given = self.query(name).unwrap_or_default();
            Fault::invalid_argument(format!("{text}: {name}"), name, given)
        };
        let count: i32 = text.parse().map_err(|_| invalid())?;
        let count = u32::try_from(count).map_err(|_| {
            let text = format!("Argument {name} must be an integer between 0 and 2147483647");
            Fault::invalid_argument(text, name, self.query(name).unwrap_or_default())
        })?;
        Ok(count.min(most))
    }

    pub(crate) fn resource(&self) -> String {
        match (self.bucket.as_str(), self.key.as_str()) {
            ("", _) => "/".to_owned(),
            (bucket, "") => format!("/{bucket}"),
            (bucket, key) => format!("/{bucket}/{key}"),
        }
    }
}

fn route(
    method: &Method,
    path: &str,
    query: &str,
    has_header: &dyn Fn(&str) -> bool,
) -> Option<&'static str> {
    let catalog = Catalog::embedded();
    let service = catalog.service(catalog.named("s3")?);
    // Clients name the operation in `x-id`, which is no parameter of a route.
    Some(service.route_with(method.as_str(), path, query, has_header)?.operation.name)
}

fn unknown(method: &Method, path: &str) -> Fault {
    let resource = match path.trim_matches('/').split_once('/') {
        _ if path == "/" => "SERVICE",
        Some(_) => "OBJECT",
        None => "BUCKET",
    };
    Fault::method_not_allowed(method.as_str(), resource)
}

fn invalid_uri(path: &str) -> Fault {
    Fault::new(400, "InvalidURI", "Couldn't parse the specified URI.").fact("URI", path)
}

fn bucket_of<'a>(host: &'a str, domains: &[String]) -> Option<&'a str> {
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let mut found = domains.iter().filter_map(|domain| {
        let label = host.strip_suffix(domain.as_str())?.strip_suffix('.')?;
        (!label.is_empty()).then_some(label)
    });
    found.next()
}

fn parse_query(query: &str) -> Option<Vec<(String, String)>> {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    parameters
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            Some((unescape(name, true)?, unescape(value, true)?))
        })
        .collect()
}

/// Undoes percent escapes; in a query a plus is a space.
pub(crate) fn unescape(text: &str, plus: bool) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                (high * 16 + low) as u8
            }
            b'+' if plus => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

/// Escapes what `encoding-type=url` and copy sources escape; slashes stay.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b'*' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A time of a header.
pub(crate) fn parse_http_date(text: &str) -> Option<Timestamp> {
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Timestamp::from_seconds(at.as_second()))
}

pub(crate) fn http_date(at: Timestamp) -> String {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    let at = jiff::Timestamp::from_second(at.seconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    printer.timestamp_to_rfc9110_string(&at).unwrap_or_default()
}

/// The most bytes of a document that a client sends.
pub(crate) const DOCUMENT_BYTES: usize = 8 << 20;

/// A whole document, held against what the request claims of it; settings and lists are small.
pub(crate) async fn document(ask: &Ask, mut body: Body) -> Result<Bytes, Fault> {
    let mut claims = Claims::of(&ask.headers)?;
    let mut text = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| incomplete())?;
        match frame.into_data() {
            Ok(bytes) if text.len() + bytes.len() > DOCUMENT_BYTES => {
                let message = "Your request was too big.";
                return Err(Fault::new(400, "MaxMessageLengthExceeded", message));
            }
            Ok(bytes) => text.extend_from_slice(&bytes),
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    claims.add(&trailers)?;
                }
            }
        }
    }
    claims.check_whole(&text)?;
    Ok(text.freeze())
}

pub(crate) fn incomplete() -> Fault {
    let text =
        "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Fault::new(400, "IncompleteBody", text)
}
