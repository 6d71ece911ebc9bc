//! One keep-alive connection that signs each request.

use bytes::Bytes;
use cairn_core::{Clock, SystemClock};
use cairn_wire::Parts;
use cairn_wire::sigv4::{Dialect, Payload, Signer};
use http::{HeaderMap, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;
use crate::server::Key;

pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
    address: String,
    key: Key,
    clock: SystemClock,
    calls: u64,
}

/// What to send.
pub(crate) struct Ask {
    pub(crate) service: &'static str,
    pub(crate) path: &'static str,
    pub(crate) target: Option<&'static str>,
    pub(crate) content_type: &'static str,
    pub(crate) body: Bytes,
}

impl Ask {
    pub(crate) fn json(service: &'static str, target: &'static str, body: String) -> Self {
        let content_type = "application/x-amz-json-1.1";
        Self { service, path: "/", target: Some(target), content_type, body: body.into() }
    }

    pub(crate) fn identity() -> Self {
        let body = Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15");
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        Self { service: "sts", path: "/", target: None, content_type, body }
    }

    pub(crate) fn ingest(body: Bytes) -> Self {
        let content_type = "application/x-ndjson";
        Self { service: "cairn", path: "/ingest", target: None, content_type, body }
    }
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "a bench has no supervisor")]
    pub(crate) async fn connect(address: &str, key: &Key) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            let _ = connection.await;
        });
        let clock = SystemClock::default();
        Ok(Self { sender, address: address.to_owned(), key: key.clone(), clock, calls: 0 })
    }

    /// Sends and reads the whole answer; an answer other than 200 is an error.
    pub(crate) async fn send(&mut self, ask: Ask) -> Result<Bytes, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert("host", self.address.parse()?);
        headers.insert("content-type", ask.content_type.parse()?);
        // As the SDKs do: two equal calls within one second are two calls, not a replay.
        self.calls += 1;
        headers.insert("amz-sdk-invocation-id", self.calls.into());
        if let Some(target) = ask.target {
            headers.insert("x-amz-target", target.parse()?);
        }
        let signer = Signer {
            access_key_id: &self.key.id,
            secret: &self.key.secret,
            session_token: None,
            region: "us-east-1",
            service: ask.service,
            dialect: Dialect::of(ask.service),
        };
        let parts = Parts { method: &Method::POST, path: ask.path, query: None, headers: &headers };
        let headers = signer.sign(&parts, Payload::of(&ask.body), self.clock.now());
        let headers = headers.map_err(|error| Failure(error.to_string()))?;
        let mut request = Request::post(ask.path).body(Full::new(ask.body))?;
        *request.headers_mut() = headers;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if status.is_success() {
            return Ok(body);
        }
        Err(Failure(format!("{status}: {}", String::from_utf8_lossy(&body))))
    }
}
