//! Requests that Cairn makes by itself: to the services that trails deliver to, and to subscribers.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use cairn_ports::{Transport, TransportError};
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// The largest answer that is read: a log file of 50 MiB of text that did not compress.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;
const IDLE_TIME: Duration = Duration::from_secs(20);

/// HTTP/1.1 over a pool of connections.
pub(crate) struct Web {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Web {
    pub(crate) fn new(tls: rustls::ClientConfig) -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(Duration::from_secs(10)));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .build(connector);
        Self { client }
    }
}

impl Transport for Web {
    fn send<'a>(
        &'a self,
        request: Request<Bytes>,
        deadline: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>> {
        Box::pin(async move {
            let to = request.uri().authority().map(ToString::to_string).unwrap_or_default();
            let exchange = async {
                let response =
                    self.client.request(request.map(Full::new)).await.map_err(|error| {
                        let message = format!("{to} gave no answer: {}", deepest(&error));
                        TransportError { sent: !error.is_connect(), message }
                    })?;
                let (head, body) = response.into_parts();
                let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(|error| {
                    let message = format!("{to} broke off its answer: {}", deepest(&*error));
                    TransportError { sent: true, message }
                })?;
                Ok(Response::from_parts(head, body.to_bytes()))
            };
            tokio::time::timeout(deadline, exchange).await.unwrap_or_else(|_| {
                let message = format!("{to} gave no answer within {} s", deadline.as_secs());
                Err(TransportError { sent: true, message })
            })
        })
    }
}

/// The reason behind an error.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}
