//! A request that tests can take apart, and the suite's cases.

use std::str::FromStr;
use std::time::Duration;

use cairn_core::Timestamp;
use cairn_wire::Parts;
use cairn_wire::sigv4::{
    AuthError, Dialect, PathStyle, Payload, Presented, Signer, SigningKey, Skew,
};
use http::Method;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

const SUITE: &str = include_str!("../vectors/sigv4.jsonl");
pub(crate) const EXPIRES: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Reads the text of an HTTP/1.1 request; continued header lines are unfolded.
    fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
        let (method, target) = first.split_once(' ').unwrap();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with(' ') {
                headers.last_mut().unwrap().1.push_str(line);
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, query, headers, body: body.as_bytes().to_vec() }
    }

    /// `None` where no HTTP library would let the head pass. Blanks around values are no part of
    /// them, as on the wire.
    pub(crate) fn head(&self) -> Option<(Method, HeaderMap)> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(blank_free(value).as_bytes()).ok()?);
        }
        Some((Method::from_str(&self.method).ok()?, headers))
    }

    pub(crate) fn header(&mut self, name: &str) -> Option<&mut String> {
        let found = self.headers.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }
}

/// A case of the suite: all of them are signed for 2015-08-30, us-east-1, `service`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Vector {
    pub(crate) name: String,
    normalize: bool,
    pub(crate) token: Option<String>,
    #[serde(default)]
    omit_session_token: bool,
    #[serde(default)]
    pub(crate) sign_body: bool,
    request: String,
    header_signed_request: String,
    query_signed_request: String,
}

impl Vector {
    pub(crate) fn all() -> Vec<Self> {
        SUITE.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn unsigned(&self) -> Request {
        Request::parse(&self.request)
    }

    pub(crate) fn signed_in_header(&self) -> Request {
        Request::parse(&self.header_signed_request)
    }

    pub(crate) fn signed_in_query(&self) -> Request {
        Request::parse(&self.query_signed_request)
    }

    pub(crate) fn dialect(&self) -> Dialect {
        let path = if self.normalize { PathStyle::Normalised } else { PathStyle::Raw };
        Dialect { path, token_after_signing: self.omit_session_token, content_header: false }
    }

    pub(crate) fn signer(&self) -> Signer<'_> {
        Signer {
            access_key_id: "AKIDEXAMPLE",
            secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            session_token: self.token.as_deref(),
            region: "us-east-1",
            service: "service",
            dialect: self.dialect(),
        }
    }

    /// The server's part: parse, look the key and its token up, verify.
    pub(crate) fn judge(&self, request: &Request, now: Timestamp) -> Result<(), AuthError> {
        let (method, headers) = request.head().ok_or(AuthError::Missing)?;
        let (path, query) = (&request.path, request.query.as_deref());
        let parts = Parts { method: &method, path, query, headers: &headers };
        let presented = Presented::parse_as(&parts, self.dialect())?;
        let signer = self.signer();
        let payload = Payload::of(&request.body);
        if presented.access_key_id() != signer.access_key_id {
            return Err(presented.refuse_unknown(payload, Skew::default(), now));
        }
        if presented.session_token() != signer.session_token {
            return Err(AuthError::UnknownKey);
        }
        let scope = presented.scope();
        let key = SigningKey::derive(signer.secret, &scope.date, &scope.region, &scope.service);
        presented.verify(&key, payload, Skew::default(), now)
    }
}

pub(crate) fn signed_at() -> Timestamp {
    Timestamp::parse("2015-08-30T12:36:00Z").unwrap()
}

fn blank_free(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}
