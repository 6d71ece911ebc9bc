//! The one canonicaliser: signing and verifying both read a request through it.

use http::HeaderName;

use super::payload::Line;
use super::{AuthError, Form};
use crate::Parts;
use crate::percent::{self, BadEscape, Plus};

/// How a service's path enters the canonical request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// Dot segments and doubled slashes are removed, then the encoded path is encoded again.
    Normalised,
    /// As S3 has it: the path as sent, encoded once.
    Raw,
}

/// What differs between services in how a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub path: PathStyle,
    /// The session token is added after signing, so that the signature does not cover it.
    pub token_after_signing: bool,
    /// The body's hash travels in `x-amz-content-sha256`; a presigned request without that header
    /// does not cover its body.
    pub content_header: bool,
}

impl Dialect {
    pub fn of(service: &str) -> Self {
        let raw = matches!(service, "s3" | "s3express" | "s3-outposts" | "s3-object-lambda");
        let path = if raw { PathStyle::Raw } else { PathStyle::Normalised };
        Self { path, token_after_signing: false, content_header: raw }
    }
}

pub(super) const SIGNATURE: &str = "X-Amz-Signature";
pub(super) const TOKEN: &str = "X-Amz-Security-Token";

/// The canonical request. `signed_headers` is sorted and joined by `;`, every one of them present.
pub(super) fn canonical_request(
    parts: &Parts<'_>,
    form: Form,
    dialect: Dialect,
    signed_headers: &str,
    payload: &Line,
) -> Result<Vec<u8>, AuthError> {
    let mut out = Vec::with_capacity(1024);
    out.extend_from_slice(parts.method.as_str().as_bytes());
    out.push(b'\n');
    write_path(&mut out, parts.path, dialect.path)?;
    out.push(b'\n');
    if let Some(query) = parts.query {
        write_query(&mut out, query, uncovered(form, dialect))?;
    }
    out.push(b'\n');
    for name in signed_headers.split(';') {
        write_header(&mut out, parts, name)?;
    }
    out.push(b'\n');
    out.extend_from_slice(signed_headers.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload.as_bytes());
    Ok(out)
}

impl From<BadEscape> for AuthError {
    fn from(_: BadEscape) -> Self {
        Self::Escape
    }
}

fn write_path(out: &mut Vec<u8>, path: &str, style: PathStyle) -> Result<(), AuthError> {
    if style == PathStyle::Raw {
        if path.is_empty() {
            out.push(b'/');
        }
        return Ok(percent::recode(out, path, Plus::Itself, true)?);
    }
    let start = out.len();
    out.push(b'/');
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        percent::encode(out, segment.as_bytes(), false);
        out.push(b'/');
    }
    if !path.ends_with('/') && out.len() > start + 1 {
        out.pop();
    }
    Ok(())
}

/// Parameters sorted by encoded name, then by encoded value. Empty pieces between two `&` are
/// nothing to the decoder either.
fn write_query(out: &mut Vec<u8>, query: &str, uncovered: &[&str]) -> Result<(), AuthError> {
    let mut text = Vec::with_capacity(query.len() + 16);
    // Where each name starts, where its value starts, and where that ends.
    let mut spans: Vec<(usize, usize, usize)> = Vec::new();
    for piece in query.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let start = text.len();
        percent::recode(&mut text, name, Plus::Space, false)?;
        let middle = text.len();
        if uncovered.iter().any(|name| name.as_bytes() == &text[start..]) {
            text.truncate(start);
            continue;
        }
        percent::recode(&mut text, value, Plus::Space, false)?;
        spans.push((start, middle, text.len()));
    }
    spans.sort_by(|a, b| {
        let (name_a, name_b) = (&text[a.0..a.1], &text[b.0..b.1]);
        name_a.cmp(name_b).then_with(|| text[a.1..a.2].cmp(&text[b.1..b.2]))
    });
    for (index, &(start, middle, end)) in spans.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(&text[start..middle]);
        out.push(b'=');
        out.extend_from_slice(&text[middle..end]);
    }
    Ok(())
}

/// The parameters that a signature cannot cover.
fn uncovered(form: Form, dialect: Dialect) -> &'static [&'static str] {
    match form {
        Form::Header => &[],
        Form::Query if dialect.token_after_signing => &[SIGNATURE, TOKEN],
        Form::Query => &[SIGNATURE],
    }
}

/// `name:value,value\n`, each value trimmed and its runs of blanks made one space.
fn write_header(out: &mut Vec<u8>, parts: &Parts<'_>, name: &str) -> Result<(), AuthError> {
    let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| AuthError::SignedHeaders)?;
    let mut values = parts.headers.get_all(key).iter().peekable();
    if values.peek().is_none() {
        return Err(AuthError::SignatureMismatch);
    }
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    while let Some(value) = values.next() {
        fold(out, value.as_bytes());
        if values.peek().is_some() {
            out.push(b',');
        }
    }
    out.push(b'\n');
    Ok(())
}

/// Appends a header's value as it is signed: trimmed, its runs of blanks made one space.
pub(crate) fn fold(out: &mut Vec<u8>, value: &[u8]) {
    let mut first = true;
    for word in value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty()) {
        if !first {
            out.push(b' ');
        }
        first = false;
        out.extend_from_slice(word);
    }
}
