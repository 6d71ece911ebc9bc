//! Parts of URLs, and text made fit for them.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use datafusion::common::Result;

use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "url_extract_protocol",
        &[form("varchar -> varchar", |call| part(call, |url| url.scheme))],
    ),
    function("url_extract_host", &[form("varchar -> varchar", |call| part(call, |url| url.host))]),
    function("url_extract_port", &[form("varchar -> bigint", port)]),
    function(
        "url_extract_path",
        &[form("varchar -> varchar", |call| decoded_part(call, |url| url.path))],
    ),
    function(
        "url_extract_query",
        &[form("varchar -> varchar", |call| decoded_part(call, |url| url.query))],
    ),
    function(
        "url_extract_fragment",
        &[form("varchar -> varchar", |call| decoded_part(call, |url| url.fragment))],
    ),
    function("url_extract_parameter", &[form("varchar, varchar -> varchar", parameter)]),
    function("url_encode", &[form("varchar -> varchar", encode)]),
    function("url_decode", &[form("varchar -> varchar", decode)]),
];

/// A URL taken apart as RFC 3986 does. A part that is missing is empty.
#[derive(Debug, Default)]
struct Url<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<i64>,
    path: &'a str,
    query: &'a str,
    fragment: &'a str,
}

impl<'a> Url<'a> {
    /// `None` for what is no URL.
    fn parse(text: &'a str) -> Option<Self> {
        let sound = |character: char| {
            !character.is_whitespace()
                && !character.is_control()
                && !matches!(character, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
        };
        if !text.chars().all(sound) || !escapes_are_whole(text) {
            return None;
        }
        let mut url = Self::default();
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        url.fragment = fragment;
        url.query = query;
        let mut rest = text;
        if let Some((scheme, behind)) = text.split_once(':')
            && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.chars().all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
        {
            url.scheme = scheme;
            rest = behind;
        } else if text.split('/').next().is_some_and(|first| first.contains(':')) {
            return None;
        }
        if let Some(behind) = rest.strip_prefix("//") {
            let (authority, path) = match behind.find('/') {
                Some(at) => behind.split_at(at),
                None => (behind, ""),
            };
            url.authority(authority)?;
            rest = path;
        }
        url.path = rest;
        Some(url)
    }

    fn authority(&mut self, text: &'a str) -> Option<()> {
        let address = text.rsplit_once('@').map_or(text, |(_, address)| address);
        let (host, port) = match address.rfind(']') {
            Some(end) => (&address[..=end], address[end + 1..].strip_prefix(':')),
            None => match address.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (address, None),
            },
        };
        self.host = host;
        if let Some(port) = port.filter(|port| !port.is_empty()) {
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            self.port = Some(port.parse::<i32>().ok()?.into());
        }
        Some(())
    }
}

fn escapes_are_whole(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    memchr::memchr_iter(b'%', bytes).all(|at| hex(at + 1) && hex(at + 2))
}

fn part(call: &Call<'_>, of: for<'a> fn(Url<'a>) -> &'a str) -> Result<ArrayRef> {
    let text = call.text(0);
    let answer = |row| Some(of(Url::parse(text.get(row)?)?));
    call.texts(|row| Ok(answer(row)))
}

fn decoded_part(call: &Call<'_>, of: for<'a> fn(Url<'a>) -> &'a str) -> Result<ArrayRef> {
    let text = call.text(0);
    let answer = |row| {
        let part = of(Url::parse(text.get(row)?)?);
        Some(unescaped(part, false).unwrap_or(Cow::Borrowed(part)))
    };
    call.texts(|row| Ok(answer(row)))
}

fn port(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let answer = |row| Url::parse(text.get(row)?)?.port;
    Ok(Arc::new((0..call.rows).map(answer).collect::<Int64Array>()))
}

fn parameter(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, name) = (call.text(0), call.text(1));
    let answer = |row| {
        let url = Url::parse(text.get(row)?)?;
        let wanted = name.get(row)?;
        for pair in url.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            if unescaped(name, true).as_deref() == Some(wanted) {
                return unescaped(value, true);
            }
        }
        None
    };
    call.texts(|row| Ok(answer(row)))
}

fn encode(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| text.get(row).map(escaped);
    call.texts(|row| Ok(of(row)))
}

/// As a form's value: a blank is a plus sign.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                escaped.push(byte.into());
            }
            b' ' => escaped.push('+'),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

fn decode(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        let broken = || fault("URLDecoder: Illegal hex characters in escape (%) pattern");
        unescaped(text, true).map(Some).ok_or_else(broken)
    };
    call.texts(of)
}

/// `None` for an escape that is none. Bytes that are no UTF-8 are shown as what cannot be shown.
fn unescaped(text: &str, plus: bool) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
                if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    return None;
                }
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = &rest[2..];
            }
            b'+' if plus => bytes.push(b' '),
            other => bytes.push(*other),
        }
    }
    Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
}
