//! Signed requests to one endpoint.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::Clock;
use cairn_wire::Parts;
use cairn_wire::sigv4::{Dialect, Payload, Signer};
use http::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use http::{Method, Request, Response};
use zeroize::Zeroizing;

use crate::{PortError, PortErrorKind, Transport};

/// How long one request may take in all.
const DEADLINE: Duration = Duration::from_secs(30);
const AGENT: HeaderValue = HeaderValue::from_static(concat!("cairn/", env!("CARGO_PKG_VERSION")));

/// Where a service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `http://host:port` or `https://host`, without a slash at the end.
    pub url: String,
    /// What requests are signed for.
    pub region: String,
}

/// Whose key signs.
#[derive(Clone)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret: Zeroizing<String>,
    pub session_token: Option<Zeroizing<String>>,
}

/// Sends signed requests to one endpoint.
#[derive(Clone)]
pub struct Client {
    pub(super) endpoint: Endpoint,
    service: &'static str,
    credentials: Credentials,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

/// One request, before it is signed.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    /// Escaped, beginning with a slash.
    pub(super) path: &'a str,
    /// Escaped.
    pub(super) query: &'a str,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Client {
    /// `service` is the name that requests are signed for: `s3`, `kms`, `sns`.
    pub fn new(
        endpoint: Endpoint,
        service: &'static str,
        credentials: Credentials,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { endpoint, service, credentials, transport, clock }
    }

    /// # Errors
    /// `Unavailable` where there is no answer. What the answer says is the caller's to judge.
    pub(super) async fn send(&self, ask: Ask<'_>) -> Result<Response<Bytes>, PortError> {
        let Ask { method, path, query, mut headers, body } = ask;
        let invalid = |text: String| PortError::invalid("InvalidRequest", text);
        let authority = self.endpoint.url.split_once("://").map_or("", |(_, rest)| rest);
        let host = HeaderValue::from_str(authority);
        headers.insert(HOST, host.map_err(|_| invalid(format!("the host {authority:?}")))?);
        headers.insert(USER_AGENT, AGENT);
        let query = Some(query).filter(|query| !query.is_empty());
        let parts = Parts { method: &method, path, query, headers: &headers };
        let signer = Signer {
            access_key_id: &self.credentials.access_key_id,
            secret: &self.credentials.secret,
            session_token: self.credentials.session_token.as_ref().map(|token| token.as_str()),
            region: &self.endpoint.region,
            service: self.service,
            dialect: Dialect::of(self.service),
        };
        let signed = signer.sign(&parts, Payload::of(&body), self.clock.now());
        let signed = signed.map_err(|error| invalid(error.to_string()))?;
        let line = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{line}", self.endpoint.url))
            .body(body)
            .map_err(|error| invalid(error.to_string()))?;
        let (mut head, body) = request.into_parts();
        head.headers = signed;
        let sent = self.transport.send(Request::from_parts(head, body), DEADLINE).await;
        sent.map_err(|error| {
            PortError::new(PortErrorKind::Unavailable, "ServiceUnavailable", error.message)
        })
    }
}
