//! One connection, driven only while a request is on it, so that nothing has to be spawned.

use std::io;
use std::pin::{Pin, pin};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{ClientError, Endpoint};

const CONNECT: Duration = Duration::from_secs(5);

pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Moves the bytes; `None` once it has ended.
    driver: Option<Driver>,
}

type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Connection {
    pub(super) async fn open(
        endpoint: &Endpoint,
        tls: Option<&TlsConnector>,
    ) -> Result<Self, ClientError> {
        let opened = tokio::time::timeout(CONNECT, Self::connect(endpoint, tls)).await;
        let opened = opened.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        opened.map_err(|error| ClientError::Connect { url: endpoint.url.clone(), error })
    }

    pub(super) fn is_open(&self) -> bool {
        self.driver.is_some() && !self.sender.is_closed()
    }

    /// Sends `request` and reads the whole reply.
    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Reply> {
        let Self { sender, driver } = self;
        let mut exchange = pin!(async {
            let (head, body) = sender.send_request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok(Reply { status: head.status, headers: head.headers, body })
        });
        if let Some(running) = driver {
            tokio::select! {
                answer = &mut exchange => return answer,
                // The server has closed; what it sent before is still to be read.
                _ = running => *driver = None,
            }
        }
        exchange.await
    }

    async fn connect(endpoint: &Endpoint, tls: Option<&TlsConnector>) -> io::Result<Self> {
        let tcp = TcpStream::connect((endpoint.host.as_str(), endpoint.port)).await?;
        tcp.set_nodelay(true)?;
        let Some(tls) = tls else {
            return Self::handshake(tcp).await;
        };
        let name = ServerName::try_from(endpoint.host.clone()).map_err(io::Error::other)?;
        Self::handshake(tls.connect(name, tcp).await?).await
    }

    async fn handshake<T>(stream: T) -> io::Result<Self>
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, driver) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        Ok(Self { sender, driver: Some(Box::pin(driver)) })
    }
}
