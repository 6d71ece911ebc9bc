//! The body of a large answer on its way to the client. Its last piece leaves after the record of
//! the call is durable: a client that has everything has been recorded with all of it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cairn_wire::Fault;
use hyper::body::{Body, Frame, SizeHint};

use super::entry::Entry;
use super::pool::Answering;

type Settling = Pin<Box<dyn Future<Output = Result<(), Fault>> + Send>>;

/// Why an answer ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BrokenOff {
    #[error("the upstream broke off its answer")]
    Upstream,
    #[error("the call could not be recorded")]
    Unrecorded,
    #[error("the file cannot be read")]
    Unreadable,
}

pub(crate) struct Downlink {
    /// What was read of the body before it was known to be large.
    captured: VecDeque<Bytes>,
    incoming: Answering,
    held: Option<Frame<Bytes>>,
    entry: Option<Entry>,
    settling: Option<Settling>,
    passed: u64,
    size: SizeHint,
}

impl Downlink {
    /// `size` is that of the whole body.
    pub(crate) fn new(
        captured: VecDeque<Bytes>,
        incoming: Answering,
        size: SizeHint,
        entry: Entry,
    ) -> Self {
        let entry = Some(entry);
        Self { captured, incoming, held: None, entry, settling: None, passed: 0, size }
    }

    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(bytes) = self.captured.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        let polled = Pin::new(&mut self.incoming).poll_frame(context);
        polled.map(|frame| frame.map(|frame| frame.map_err(|_| BrokenOff::Upstream)))
    }

    fn broken(&mut self, why: BrokenOff) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        self.give_up(&why.to_string());
        Poll::Ready(Some(Err(why)))
    }

    /// Records what the client has had.
    fn give_up(&mut self, why: &str) {
        if let Some(mut entry) = self.entry.take() {
            let held = self.held.take().and_then(|frame| frame.into_data().ok());
            entry.sent(self.passed - held.map_or(0, |bytes| bytes.len()) as u64);
            entry.abandon(why);
        }
    }
}

impl Body for Downlink {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        loop {
            if let Some(settling) = &mut this.settling {
                if ready!(settling.as_mut().poll(context)).is_err() {
                    this.settling = None;
                    return this.broken(BrokenOff::Unrecorded);
                }
                this.settling = None;
                return Poll::Ready(this.held.take().map(Ok));
            }
            if this.entry.is_none() {
                return Poll::Ready(None);
            }
            match ready!(this.next(context)) {
                Some(Ok(frame)) => {
                    this.passed += frame.data_ref().map_or(0, Bytes::len) as u64;
                    if let Some(earlier) = this.held.replace(frame) {
                        return Poll::Ready(Some(Ok(earlier)));
                    }
                }
                Some(Err(why)) => return this.broken(why),
                None => {
                    if let Some(mut entry) = this.entry.take() {
                        entry.sent(this.passed);
                        this.settling = Some(Box::pin(entry.settle()));
                    }
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

impl Drop for Downlink {
    fn drop(&mut self) {
        self.give_up("the client left before it had the whole answer");
    }
}
