use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};

/// Sends HTTP requests. The floors above open the sockets.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request with an absolute address, and reads the whole answer.
    fn send<'a>(
        &'a self,
        request: Request<Bytes>,
        deadline: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;
}

/// There is no answer; whether the request had an effect is unknown where it was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TransportError {
    /// Whether any of the request may have reached the other side.
    pub sent: bool,
    pub message: String,
}
