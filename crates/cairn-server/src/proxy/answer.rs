//! The body of an answer: whole, or streamed from an upstream.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use super::downlink::{BrokenOff, Downlink};
use super::pool::Answering;
use crate::http::Stream;

/// What the listener sends.
pub(crate) enum Answer {
    Whole(Full<Bytes>),
    /// Nothing is recorded of the call, so nothing is looked at.
    Plain(Answering),
    Stream(Box<Downlink>),
    /// A file of the lake.
    Table(Box<Stream>),
}

impl From<Bytes> for Answer {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(Full::new(bytes))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        match self.get_mut() {
            Self::Whole(body) => {
                let polled = Pin::new(body).poll_frame(context);
                polled.map(|frame| frame.map(|frame| frame.map_err(|never| match never {})))
            }
            Self::Plain(body) => {
                let polled = Pin::new(body).poll_frame(context);
                polled.map(|frame| frame.map(|frame| frame.map_err(|_| BrokenOff::Upstream)))
            }
            Self::Stream(body) => Pin::new(&mut **body).poll_frame(context),
            Self::Table(body) => {
                let polled = Pin::new(&mut **body).poll_frame(context);
                polled.map(|frame| frame.map(|frame| frame.map_err(|_| BrokenOff::Unreadable)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(body) => body.is_end_stream(),
            Self::Plain(body) => body.is_end_stream(),
            Self::Stream(_) | Self::Table(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(body) => body.size_hint(),
            Self::Plain(body) => body.size_hint(),
            Self::Stream(body) => body.size_hint(),
            Self::Table(body) => body.size_hint(),
        }
    }
}
