//! The body of a request on its way to an upstream: checked against what its signature covers, and
//! complete only if the check holds.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cairn_wire::Fault;
use cairn_wire::chunked::{Event, Resigner, Verifier};
use cairn_wire::sigv4::{AuthError, Hasher};
use http::HeaderMap;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// What a body is held against while it passes.
pub(super) enum Check {
    /// Nothing: it was checked before, or nobody signed it.
    None,
    /// The SHA-256 that the signed head names.
    Hash(Hasher, [u8; 32]),
    /// Chunks with signatures of their own; the bytes pass as they are.
    Chunks(Box<Verifier>),
    /// The data of chunks, without their framing. The trailers come last.
    Decoded(Box<Verifier>),
    /// Chunks that are signed again.
    Resigned(Box<Resigner>),
}

/// What is known of a body afterwards.
#[derive(Default)]
pub(super) struct Tally {
    bytes: AtomicU64,
    ended: AtomicBool,
    broken: OnceLock<Fault>,
    rest: Mutex<Option<Incoming>>,
}

impl Tally {
    /// Bytes that came from the client.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// What was not read when the upstream no longer wanted it: whoever is still sending has to be
    /// listened to, to get to read the answer.
    pub(super) fn rest(&self) -> Option<Incoming> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the client has sent all of it.
    pub(super) fn ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Why the body was not sent to its end.
    pub(super) fn broken(&self) -> Option<&Fault> {
        self.broken.get()
    }
}

pub(crate) struct Uplink {
    queue: VecDeque<Bytes>,
    incoming: Option<Incoming>,
    check: Check,
    /// The last piece of a body under `Check::Hash` or `Check::Chunks`: it goes on once the check
    /// holds, so that an upstream never has a whole request that nobody signed.
    held: Option<Bytes>,
    /// Chunks that are signed again, or data out of them, not sent yet.
    signed: VecDeque<Bytes>,
    trailers: HeaderMap,
    size: SizeHint,
    tally: Arc<Tally>,
}

/// The body stops before its end; why stands in the tally.
#[derive(Debug, thiserror::Error)]
#[error("the body was not forwarded to its end")]
pub(crate) struct Stopped;

impl Uplink {
    /// `queue` is what was read already, `incoming` what is still to come; `size` is that of all
    /// together.
    pub(super) fn new(
        queue: VecDeque<Bytes>,
        incoming: Option<Incoming>,
        size: SizeHint,
        check: Check,
    ) -> (Self, Arc<Tally>) {
        let tally = Arc::new(Tally::default());
        tally.ended.store(incoming.is_none(), Ordering::Relaxed);
        let uplink = Self {
            queue,
            incoming,
            check,
            held: None,
            signed: VecDeque::new(),
            trailers: HeaderMap::new(),
            size,
            tally: tally.clone(),
        };
        (uplink, tally)
    }

    /// A body that is in memory and was checked.
    pub(super) fn whole(bytes: Bytes) -> (Self, Arc<Tally>) {
        let size = SizeHint::with_exact(bytes.len() as u64);
        let queue = if bytes.is_empty() { VecDeque::new() } else { [bytes].into() };
        Self::new(queue, None, size, Check::None)
    }

    fn next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        if let Some(bytes) = self.queue.pop_front() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        loop {
            let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
            match ready!(Pin::new(incoming).poll_frame(context)) {
                Some(Ok(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(_)) => return Poll::Ready(Some(Err(cut_off()))),
                None => {
                    self.incoming = None;
                    self.tally.ended.store(true, Ordering::Relaxed);
                    return Poll::Ready(None);
                }
            }
        }
    }

    /// What may go on of a piece that came.
    fn passes(&mut self, bytes: Bytes) -> Result<Option<Bytes>, Fault> {
        self.tally.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        match &mut self.check {
            Check::None => Ok(Some(bytes)),
            Check::Hash(hasher, _) => {
                hasher.update(&bytes);
                Ok(self.held.replace(bytes))
            }
            Check::Chunks(verifier) => {
                let mut unread = bytes.clone();
                while verifier.next(&mut unread)?.is_some() {}
                Ok(self.held.replace(bytes))
            }
            Check::Decoded(verifier) => {
                let mut unread = bytes;
                while let Some(event) = verifier.next(&mut unread)? {
                    match event {
                        Event::Data(data) => self.signed.push_back(data),
                        Event::Trailer(name, value) => {
                            self.trailers.append(name, value);
                        }
                        Event::Chunk { .. } | Event::ChunkEnd | Event::TrailersEnd | Event::End => {
                        }
                    }
                }
                Ok(self.signed.pop_front())
            }
            Check::Resigned(resigner) => {
                let mut unread = bytes;
                // One piece from the client may end several chunks.
                while let Some(signed) = resigner.next(&mut unread)? {
                    self.signed.push_back(signed);
                }
                Ok(self.signed.pop_front())
            }
        }
    }

    /// The verdict at the end.
    fn finish(&mut self) -> Result<(), Fault> {
        match std::mem::replace(&mut self.check, Check::None) {
            Check::None => Ok(()),
            Check::Hash(hasher, expected) => {
                if hasher.finish() == expected {
                    return Ok(());
                }
                Err(AuthError::ContentHashMismatch.into())
            }
            Check::Chunks(verifier) | Check::Decoded(verifier) => Ok(verifier.finish()?),
            Check::Resigned(resigner) => Ok(resigner.finish()?),
        }
    }

    fn stop(&mut self, fault: Fault) -> Poll<Option<Result<Frame<Bytes>, Stopped>>> {
        let _ = self.tally.broken.set(fault);
        self.incoming = None;
        self.queue.clear();
        self.held = None;
        Poll::Ready(Some(Err(Stopped)))
    }
}

impl Body for Uplink {
    type Data = Bytes;
    type Error = Stopped;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Stopped>>> {
        let this = self.get_mut();
        if let Some(bytes) = this.signed.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        loop {
            match ready!(this.next(context)) {
                Some(Ok(bytes)) => match this.passes(bytes) {
                    Ok(Some(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                    Ok(None) => {}
                    Err(fault) => return this.stop(fault),
                },
                Some(Err(fault)) => return this.stop(fault),
                None => {
                    if let Err(fault) = this.finish() {
                        return this.stop(fault);
                    }
                    if let Some(bytes) = this.held.take() {
                        return Poll::Ready(Some(Ok(Frame::data(bytes))));
                    }
                    let trailers = std::mem::take(&mut this.trailers);
                    let trailers = (!trailers.is_empty()).then(|| Frame::trailers(trailers));
                    return Poll::Ready(trailers.map(Ok));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.queue.is_empty()
            && self.incoming.is_none()
            && self.held.is_none()
            && self.signed.is_empty()
            && self.trailers.is_empty()
            && matches!(self.check, Check::None)
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

impl Drop for Uplink {
    fn drop(&mut self) {
        let mut rest = self.tally.rest.lock().unwrap_or_else(PoisonError::into_inner);
        *rest = self.incoming.take();
    }
}

fn cut_off() -> Fault {
    Fault::client("IncompleteBody", "the request's body ended early: send it again")
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    async fn sent(pieces: &[&'static [u8]], check: Check) -> (Vec<u8>, bool, Option<Fault>) {
        let queue: VecDeque<Bytes> = pieces.iter().map(|piece| Bytes::from_static(piece)).collect();
        let size = SizeHint::with_exact(queue.iter().map(Bytes::len).sum::<usize>() as u64);
        let (mut uplink, tally) = Uplink::new(queue, None, size, check);
        let mut sent = Vec::new();
        while let Some(frame) = uplink.frame().await {
            match frame {
                Ok(frame) => sent.extend_from_slice(frame.data_ref().unwrap()),
                Err(Stopped) => return (sent, false, tally.broken().cloned()),
            }
        }
        (sent, true, tally.broken().cloned())
    }

    fn hash_of(bytes: &[u8]) -> Check {
        let mut hasher = Hasher::new();
        hasher.update(bytes);
        Check::Hash(Hasher::new(), hasher.finish())
    }

    #[tokio::test]
    async fn a_body_with_its_hash_passes_whole() {
        let pieces: [&[u8]; 3] = [b"one ", b"two ", b"three"];
        let (sent, whole, broken) = sent(&pieces, hash_of(b"one two three")).await;
        assert_eq!((sent.as_slice(), whole, broken), (&b"one two three"[..], true, None));
    }

    #[tokio::test]
    async fn the_end_of_a_body_with_another_hash_is_never_sent() {
        let pieces: [&[u8]; 2] = [b"one ", b"two"];
        let (sent, whole, broken) = sent(&pieces, hash_of(b"one too")).await;
        assert_eq!((sent.as_slice(), whole), (&b"one "[..], false));
        assert_eq!(broken.unwrap().code, "XAmzContentSHA256Mismatch");
    }

    #[tokio::test]
    async fn an_empty_body_ends_at_once() {
        assert!(Uplink::whole(Bytes::new()).0.is_end_stream());
        assert_eq!(sent(&[], Check::None).await.0, b"");
        let (_, whole, _) = sent(&[], hash_of(b"not empty")).await;
        assert!(!whole);
    }
}
