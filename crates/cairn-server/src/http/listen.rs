//! The one listener: accepts connections, ends TLS, hands each request to the front.

use std::net::SocketAddr;
use std::sync::Arc;

use cairn_task::{Stop, Supervisor, WorkerError};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use crate::config::Http;
use crate::http::front::Front;
use crate::http::peer::Peer;

/// What is buffered of a connection, which also bounds a request's head; longer ones are answered
/// 431. Large enough that a batch of records arrives in few reads.
const BUFFER_BYTES: usize = 64 * 1024;
/// Header lines of one request.
const HEADERS: usize = 100;
/// Calls that one HTTP/2 connection may have under way.
const STREAMS: u32 = 256;

/// How long an HTTP/2 connection is silent before it is asked whether anyone is there, and how long
/// it has to answer.
const KEEPALIVE: std::time::Duration = std::time::Duration::from_secs(30);
/// How an HTTP/2 connection begins where nothing was agreed before. No method begins so.
const PREFACE: &[u8] = b"PRI";
/// Between two looks at a beginning that is too short to tell.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_millis(5);

/// What a client speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Speaks {
    Http1,
    Http2,
}

/// Everything the accept loop needs.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) front: Arc<Front>,
    pub(crate) settings: Http,
    pub(crate) supervisor: Supervisor,
}

impl Listener {
    /// Accepts until the stop; connections that are open then finish their request.
    pub(crate) async fn run(self) -> Result<(), WorkerError> {
        let stop = self.supervisor.stop();
        let free = Arc::new(Semaphore::new(self.settings.connections));
        let this = Arc::new(self);
        loop {
            let place = free.clone().acquire_owned().await.expect("the semaphore is never closed");
            let accepted = tokio::select! {
                () = stop.stopped() => return Ok(()),
                accepted = this.socket.accept() => accepted,
            };
            match accepted {
                Ok((stream, address)) => this.clone().open(stream, address, place, stop.clone()),
                // Out of file descriptors, or a client that left already: the next one may do.
                Err(error) => {
                    tracing::warn!(%error, "failed to accept a connection");
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
        }
    }

    fn open(
        self: Arc<Self>,
        stream: TcpStream,
        address: SocketAddr,
        place: OwnedSemaphorePermit,
        stop: Stop,
    ) {
        let supervisor = self.supervisor.clone();
        supervisor.track(async move {
            // An answer is one write; waiting for more to send would only add delay.
            let _ = stream.set_nodelay(true);
            let peer = Peer { ip: address.ip(), tls: None };
            match &self.tls {
                None => {
                    let limit = self.settings.header_timeout;
                    if let Ok(Some(speaks)) = tokio::time::timeout(limit, look(&stream)).await {
                        self.serve(stream, speaks, peer, stop).await;
                    }
                }
                Some(acceptor) => {
                    let handshake = acceptor.accept(stream);
                    let limit = self.settings.header_timeout;
                    if let Ok(Ok(stream)) = tokio::time::timeout(limit, handshake).await {
                        let peer = Peer { tls: Some(session(&stream)), ..peer };
                        let chosen = stream.get_ref().1.alpn_protocol();
                        let speaks = match chosen {
                            Some(b"h2") => Speaks::Http2,
                            _ => Speaks::Http1,
                        };
                        self.serve(stream, speaks, peer, stop).await;
                    }
                }
            }
            drop(place);
        });
    }

    async fn serve<S>(&self, stream: S, speaks: Speaks, peer: Peer, stop: Stop)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let front = self.front.clone();
        let service = service_fn(move |request| {
            let (front, peer) = (front.clone(), peer.clone());
            async move { Ok::<_, std::convert::Infallible>(front.answer(request, peer).await) }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.settings.header_timeout)
            // A client that hangs up does not take its call back: the call is answered to nobody,
            // and recorded.
            .half_close(true)
            // What is forwarded keeps the spelling of its headers.
            .preserve_header_case(true)
            .max_buf_size(BUFFER_BYTES)
            .max_headers(HEADERS);
        builder
            .http2()
            .timer(TokioTimer::new())
            .adaptive_window(true)
            .keep_alive_interval(Some(KEEPALIVE))
            .keep_alive_timeout(KEEPALIVE)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(BUFFER_BYTES as u32);
        let builder = match speaks {
            Speaks::Http1 => builder.http1_only(),
            Speaks::Http2 => builder.http2_only(),
        };
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => log(ended),
            () = stop.stopped() => {
                connection.as_mut().graceful_shutdown();
                log(connection.await);
            }
        }
    }
}

/// What a client did wrong on its connection is its own affair; it is logged for the operator only.
fn log(ended: Result<(), Box<dyn std::error::Error + Send + Sync>>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

fn session<S>(stream: &tokio_rustls::server::TlsStream<S>) -> (&'static str, String) {
    let (_, session) = stream.get_ref();
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let suite = session.negotiated_cipher_suite();
    let suite = suite.and_then(|suite| suite.suite().as_str().map(str::to_owned));
    (version, suite.unwrap_or_default().replace("TLS13_", "TLS_"))
}

/// Waits for the first bytes and leaves them where they are; `None` when the client is gone.
async fn look(stream: &TcpStream) -> Option<Speaks> {
    let mut first = [0; PREFACE.len()];
    loop {
        let seen = match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return None,
            Ok(seen) => &first[..seen],
        };
        if seen == PREFACE {
            return Some(Speaks::Http2);
        }
        if !PREFACE.starts_with(seen) {
            return Some(Speaks::Http1);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
