//! Signing a request, as a client does.

use std::fmt::Write;
use std::time::Duration;

use cairn_core::Timestamp;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::canonical::{SIGNATURE, TOKEN, canonical_request};
use super::payload::{Line, hex};
use super::verify::signature;
use super::{ALGORITHM, AuthError, Dialect, Form, Payload, Scope, SigningKey, TERMINATOR};
use crate::Parts;
use crate::percent;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Headers that proxies and HTTP libraries change on the way.
const UNSIGNED: [&str; 7] = [
    "authorization",
    "connection",
    "expect",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// Whose key signs, and for what.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    pub access_key_id: &'a str,
    pub secret: &'a str,
    pub session_token: Option<&'a str>,
    pub region: &'a str,
    pub service: &'a str,
    pub dialect: Dialect,
}

impl std::fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl Signer<'_> {
    /// The request's headers, `Host` among them, with those of the signature added.
    ///
    /// Fails where a path or query has malformed escapes, or a token that no header can carry.
    pub fn sign(
        &self,
        parts: &Parts<'_>,
        payload: Payload,
        now: Timestamp,
    ) -> Result<HeaderMap, AuthError> {
        let stamp = now.basic();
        let line = Line::of(payload);
        let mut headers = parts.headers.clone();
        headers.insert(X_AMZ_DATE, value(&stamp)?);
        if payload == Payload::Unsigned || self.dialect.content_header {
            headers.insert(X_AMZ_CONTENT_SHA256, bytes(line.as_bytes())?);
        }
        let late_token = self.session_token.filter(|_| self.dialect.token_after_signing);
        if let (Some(token), None) = (self.session_token, late_token) {
            headers.insert(X_AMZ_SECURITY_TOKEN, value(token)?);
        }
        let list = signed_headers(&headers);
        let covered = Parts { headers: &headers, ..*parts };
        let request = canonical_request(&covered, Form::Header, self.dialect, &list, &line)?;
        let signature = self.signature(&request, now);
        let credential = self.credential(&stamp[..8]);
        let authorization = format!(
            "{ALGORITHM} Credential={credential}, SignedHeaders={list}, Signature={signature}"
        );
        headers.insert(AUTHORIZATION, value(&authorization)?);
        if let Some(token) = late_token {
            headers.insert(X_AMZ_SECURITY_TOKEN, value(token)?);
        }
        Ok(headers)
    }

    /// The query of a presigned request, which works for `expires` (1 second to 7 days) with the
    /// headers that `parts` has.
    pub fn presign(
        &self,
        parts: &Parts<'_>,
        payload: Payload,
        now: Timestamp,
        expires: Duration,
    ) -> Result<String, AuthError> {
        let stamp = now.basic();
        let list = signed_headers(parts.headers);
        let mut query = parts.query.map(|query| format!("{query}&")).unwrap_or_default();
        write!(query, "X-Amz-Algorithm={ALGORITHM}").expect(TEXT_GROWS);
        append(&mut query, "X-Amz-Credential", &self.credential(&stamp[..8]));
        append(&mut query, "X-Amz-Date", &stamp);
        append(&mut query, "X-Amz-SignedHeaders", &list);
        append(&mut query, "X-Amz-Expires", &expires.as_secs().to_string());
        if let Some(token) = self.session_token {
            append(&mut query, TOKEN, token);
        }
        let line = Line::of(payload);
        let covered = Parts { query: Some(&query), ..*parts };
        let request = canonical_request(&covered, Form::Query, self.dialect, &list, &line)?;
        let signature = self.signature(&request, now);
        append(&mut query, SIGNATURE, &signature);
        Ok(query)
    }

    fn signature(&self, request: &[u8], now: Timestamp) -> String {
        let stamp = now.basic();
        let date = &stamp[..8];
        let key = SigningKey::derive(self.secret, date, self.region, self.service);
        let (region, service) = (self.region.into(), self.service.into());
        let scope = Scope { date: date.into(), region, service };
        let made = hex(&signature(&key, &stamp, &scope, request));
        made.iter().map(|digit| char::from(*digit)).collect()
    }

    fn credential(&self, date: &str) -> String {
        let Self { access_key_id, region, service, .. } = self;
        format!("{access_key_id}/{date}/{region}/{service}/{TERMINATOR}")
    }
}

const TEXT_GROWS: &str = "writing to a string cannot fail";

fn signed_headers(headers: &HeaderMap) -> String {
    let mut names: Vec<&str> =
        headers.keys().map(HeaderName::as_str).filter(|name| !UNSIGNED.contains(name)).collect();
    names.sort_unstable();
    names.join(";")
}

fn append(query: &mut String, name: &str, value: &str) {
    let mut encoded = Vec::with_capacity(value.len() * 3);
    percent::encode(&mut encoded, value.as_bytes(), false);
    let encoded = String::from_utf8(encoded).expect("encoded text is ASCII");
    write!(query, "&{name}={encoded}").expect(TEXT_GROWS);
}

fn value(text: &str) -> Result<HeaderValue, AuthError> {
    bytes(text.as_bytes())
}

fn bytes(text: &[u8]) -> Result<HeaderValue, AuthError> {
    HeaderValue::from_bytes(text).map_err(|_| AuthError::Escape)
}
