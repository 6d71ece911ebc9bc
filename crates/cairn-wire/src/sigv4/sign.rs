//! Signing a request, as a client does.

use std::fmt::Write;
use std::time::Duration;

use cairn_core::Timestamp;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::canonical::{SIGNATURE, TOKEN, canonical_request};
use super::payload::{Line, hex};
use super::seed::Seed;
use super::verify::signature;
use super::{ALGORITHM, AuthError, Claim, Dialect, Form, Payload, Scope, SigningKey, TERMINATOR};
use crate::Parts;
use crate::percent;

const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// Headers that proxies, tracers and HTTP libraries add, change or drop on the way: a signature
/// over them would break where nobody meant harm. `Content-Length` is not among them: whoever signs
/// a request that may travel without it signs first and adds it later.
const UNSIGNED: [&str; 24] = [
    "accept-encoding",
    "authorization",
    "baggage",
    "connection",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-real-ip",
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

/// A signed request's headers, and what the signatures of its chunks start from.
#[derive(Debug, Clone)]
pub struct Signed {
    pub headers: HeaderMap,
    pub seed: Seed,
}

impl Signer<'_> {
    /// The signing key of the day that `now` is in. To be kept where many requests are signed.
    pub fn key(&self, now: Timestamp) -> SigningKey {
        SigningKey::derive(self.secret, &now.basic()[..8], self.region, self.service)
    }

    /// The request's headers, `Host` among them, with those of the signature added.
    ///
    /// Fails where a path or query has malformed escapes, or a token that no header can carry.
    pub fn sign(
        &self,
        parts: &Parts<'_>,
        payload: Payload,
        now: Timestamp,
    ) -> Result<HeaderMap, AuthError> {
        Ok(self.sign_with(&self.key(now), parts, payload.into(), now)?.headers)
    }

    /// The same with a key that was derived before, by [`Signer::key`] on the same day, and for
    /// any form of the body. What an earlier signature left in the headers is replaced; a presigned
    /// query has to be [bare](super::Presented::bare_query).
    ///
    /// `x-amz-content-sha256` is written where the dialect wants it, where the claim is no hash,
    /// and where `parts` has it already. Fails as [`Signer::sign`] does, and for [`Claim::Absent`].
    pub fn sign_with(
        &self,
        key: &SigningKey,
        parts: &Parts<'_>,
        claim: Claim,
        now: Timestamp,
    ) -> Result<Signed, AuthError> {
        let stamp = now.basic();
        let line = Line::of(claim)?;
        let mut headers = parts.headers.clone();
        headers.remove(AUTHORIZATION);
        headers.remove(X_AMZ_SECURITY_TOKEN);
        headers.insert(X_AMZ_DATE, value(&stamp)?);
        let states_hash = self.dialect.content_header || headers.contains_key(X_AMZ_CONTENT_SHA256);
        if states_hash || !matches!(claim, Claim::Sha256(_)) {
            headers.insert(X_AMZ_CONTENT_SHA256, bytes(line.as_bytes())?);
        }
        let late_token = self.session_token.filter(|_| self.dialect.token_after_signing);
        if let (Some(token), None) = (self.session_token, late_token) {
            headers.insert(X_AMZ_SECURITY_TOKEN, value(token)?);
        }
        let list = signed_headers(&headers);
        let covered = Parts { headers: &headers, ..*parts };
        let request = canonical_request(&covered, Form::Header, self.dialect, &list, &line)?;
        let scope = self.scope(&stamp[..8]);
        let made = signature(key, &stamp, &scope, &request);
        let authorization = format!(
            "{ALGORITHM} Credential={}, SignedHeaders={list}, Signature={}",
            self.credential(&stamp[..8]),
            text(&made)
        );
        headers.insert(AUTHORIZATION, value(&authorization)?);
        if let Some(token) = late_token {
            headers.insert(X_AMZ_SECURITY_TOKEN, value(token)?);
        }
        Ok(Signed { headers, seed: Seed::new(made, &stamp, &scope) })
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
        let line = Line::of(payload.into())?;
        let covered = Parts { query: Some(&query), ..*parts };
        let request = canonical_request(&covered, Form::Query, self.dialect, &list, &line)?;
        let made = signature(&self.key(now), &stamp, &self.scope(&stamp[..8]), &request);
        append(&mut query, SIGNATURE, &text(&made));
        Ok(query)
    }

    fn scope<'b>(&'b self, date: &'b str) -> Scope<'b> {
        Scope { date: date.into(), region: self.region.into(), service: self.service.into() }
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

fn text(signature: &[u8; 32]) -> String {
    hex(signature).into_iter().map(char::from).collect()
}

fn value(text: &str) -> Result<HeaderValue, AuthError> {
    bytes(text.as_bytes())
}

fn bytes(text: &[u8]) -> Result<HeaderValue, AuthError> {
    HeaderValue::from_bytes(text).map_err(|_| AuthError::Escape)
}
