//! Connections to one upstream. Whoever uses one drives it: no task of its own stands between a
//! call and the socket, which would cost each call two changes of task.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::embedded::{Failure, Inner};
use super::uplink::Uplink;

/// Idle connections that are kept to one upstream.
const IDLE: usize = 256;
/// How long an idle connection is kept. Many servers close theirs after five seconds; a connection
/// that is closed while a call is being written to it costs that call.
const IDLE_TIME: Duration = Duration::from_secs(4);

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

pub(crate) struct Pool {
    connector: HttpsConnector<HttpConnector>,
    address: Uri,
    connect_timeout: Duration,
    /// The one used last is used next, so that the others grow old.
    idle: Mutex<Vec<(Box<Line>, Instant)>>,
}

/// One connection: what takes requests, and what has to be polled for anything to happen. Large, so
/// that it stays where it is.
struct Line {
    sender: SendRequest<Uplink>,
    driver: Connection<Stream, Uplink>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Broken {
    /// There was no connection: nothing was sent.
    Unreached(String),
    /// The connection broke while it was in use.
    Off(String),
}

impl Pool {
    pub(super) fn new(
        connector: HttpsConnector<HttpConnector>,
        address: Uri,
        connect_timeout: Duration,
    ) -> Arc<Self> {
        Arc::new(Self { connector, address, connect_timeout, idle: Mutex::default() })
    }

    /// Sends a request, whose address is a path, and waits for the head of its answer. What was
    /// never begun to be written, because an idle connection turned out closed, goes to another.
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<Uplink>,
    ) -> Result<Response<Answering>, Broken> {
        loop {
            let mut line = match self.reuse().await {
                Some(line) => line,
                None => Box::pin(self.dial()).await?,
            };
            let mut sending = std::pin::pin!(line.sender.try_send_request(request));
            let mut over = false;
            let sent = std::future::poll_fn(|context| {
                over = over || Pin::new(&mut line.driver).poll(context).is_ready();
                sending.as_mut().poll(context)
            });
            let mut error = match sent.await {
                Ok(response) => return Ok(self.answering(response, line, over).await),
                Err(error) => error,
            };
            match error.take_message() {
                Some(unsent) => request = unsent,
                None => return Err(Broken::Off(deepest(&error.into_error()))),
            }
        }
    }

    async fn answering(
        self: &Arc<Self>,
        response: Response<Incoming>,
        line: Box<Line>,
        over: bool,
    ) -> Response<Answering> {
        let (head, incoming) = response.into_parts();
        let line = (!over).then_some(line);
        let mut body = Arriving { incoming, line, pool: self.clone() };
        if body.incoming.is_end_stream() {
            std::future::poll_fn(|context| {
                body.release(context);
                Poll::Ready(())
            })
            .await;
        }
        Response::from_parts(head, Answering::Remote(body))
    }

    /// An idle connection that is still open.
    async fn reuse(&self) -> Option<Box<Line>> {
        loop {
            let (mut line, since) = self.idle().pop()?;
            if since.elapsed() > IDLE_TIME {
                self.idle().clear();
                return None;
            }
            let closed = std::future::poll_fn(|context| {
                Poll::Ready(Pin::new(&mut line.driver).poll(context).is_ready())
            });
            if !closed.await && line.sender.is_ready() {
                return Some(line);
            }
        }
    }

    async fn dial(&self) -> Result<Box<Line>, Broken> {
        let dialled =
            timeout(self.connect_timeout, self.connector.clone().call(self.address.clone()));
        let stream = match dialled.await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(Broken::Unreached(deepest(&*error))),
            Err(_) => return Err(Broken::Unreached("no connection in time".to_owned())),
        };
        let shaken = Builder::new().preserve_header_case(true).handshake(stream).await;
        let (sender, driver) = shaken.map_err(|error| Broken::Unreached(deepest(&error)))?;
        Ok(Box::new(Line { sender, driver }))
    }

    /// Closes what has been idle for too long.
    pub(crate) fn sweep(&self) {
        self.idle().retain(|(_, since)| since.elapsed() <= IDLE_TIME);
    }

    fn put_back(&self, line: Box<Line>) {
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push((line, Instant::now()));
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Box<Line>, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of an answer.
pub(crate) enum Answering {
    Remote(Arriving),
    /// Of a service inside Cairn.
    Inside(Inner),
}

impl Body for Answering {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        match self.get_mut() {
            Self::Remote(body) => {
                let polled = Pin::new(body).poll_frame(context);
                polled.map(|frame| frame.map(|frame| frame.map_err(Failure::from)))
            }
            Self::Inside(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Remote(body) => body.is_end_stream(),
            Self::Inside(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Remote(body) => body.size_hint(),
            Self::Inside(body) => body.size_hint(),
        }
    }
}

/// A body with the connection that it comes over. Read to its end, it gives the
/// connection back; dropped before, it closes it.
pub(crate) struct Arriving {
    incoming: Incoming,
    line: Option<Box<Line>>,
    pool: Arc<Pool>,
}

impl Arriving {
    /// Gives the connection back, if nothing more is to be sent or read on it.
    fn release(&mut self, context: &mut Context<'_>) {
        let Some(mut line) = self.line.take() else { return };
        if Pin::new(&mut line.driver).poll(context).is_pending()
            && matches!(line.sender.poll_ready(context), Poll::Ready(Ok(())))
        {
            self.pool.put_back(line);
        }
    }
}

impl Body for Arriving {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        if let Some(line) = &mut this.line
            && Pin::new(&mut line.driver).poll(context).is_ready()
        {
            // What it has read is still to come out of the body.
            this.line = None;
        }
        let polled = Pin::new(&mut this.incoming).poll_frame(context);
        let last = match &polled {
            Poll::Ready(Some(Ok(_))) => this.incoming.is_end_stream(),
            Poll::Ready(_) => true,
            Poll::Pending => false,
        };
        if last {
            this.release(context);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
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
