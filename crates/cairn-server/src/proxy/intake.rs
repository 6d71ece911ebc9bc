//! The beginning of a request's body, and whether there is more.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cairn_wire::Fault;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming, SizeHint};

use super::budget::{Budget, Share};

/// What was read of a body.
pub(super) struct Intake {
    /// In the pieces that came.
    pub(super) pieces: VecDeque<Bytes>,
    /// What is still to come; `None` once the end was read.
    pub(super) rest: Option<Incoming>,
    /// Of the whole body, as the client declares it.
    pub(super) size: SizeHint,
    /// Held for as long as the pieces are; one for each reading, which may draw on another budget.
    shares: Vec<Share>,
}

impl Intake {
    /// A body of which nothing is read yet.
    pub(super) fn unread(body: Incoming) -> Self {
        let size = body.size_hint();
        let rest = Some(body).filter(|body| !body.is_end_stream());
        Self { pieces: VecDeque::new(), rest, size, shares: Vec::new() }
    }

    /// Reads until the end, or until more than `limit` bytes are there.
    ///
    /// # Errors
    /// `ServiceUnavailable` when there is no memory for it, `RequestTimeout` when the client is too
    /// slow, `IncompleteBody` when it hangs up.
    pub(super) async fn read(
        &mut self,
        limit: usize,
        budget: &Budget,
        patience: Duration,
    ) -> Result<(), Fault> {
        let Some(body) = &mut self.rest else { return Ok(()) };
        let mut share: Option<Share> = None;
        let mut read: usize = self.pieces.iter().map(Bytes::len).sum();
        let pieces = &mut self.pieces;
        let reading = async {
            while read <= limit {
                match body.frame().await {
                    Some(Ok(frame)) => {
                        let Ok(bytes) = frame.into_data() else { continue };
                        // As it comes: what is only announced takes nothing from others.
                        let more = budget.take(bytes.len()).await?;
                        match &mut share {
                            Some(share) => share.merge(more),
                            None => share = Some(more),
                        }
                        read += bytes.len();
                        pieces.push_back(bytes);
                    }
                    Some(Err(_)) => {
                        let text = "the request's body ended early: send it again";
                        return Err(Fault::client("IncompleteBody", text));
                    }
                    None => return Ok(true),
                }
            }
            Ok(false)
        };
        let ended = tokio::time::timeout(patience, reading).await.unwrap_or_else(|_| {
            let text = "the body did not arrive in time: send it again";
            Err(Fault::client("RequestTimeout", text).with_status(408))
        })?;
        self.shares.extend(share);
        if ended || (self.size.exact() == Some(read as u64)) {
            self.rest = None;
        }
        Ok(())
    }

    pub(super) fn is_whole(&self) -> bool {
        self.rest.is_none()
    }

    /// All that was read, in one piece.
    pub(super) fn joined(&mut self) -> Bytes {
        if self.pieces.len() > 1 {
            let length = self.pieces.iter().map(Bytes::len).sum();
            let mut all = BytesMut::with_capacity(length);
            self.pieces.drain(..).for_each(|piece| all.extend_from_slice(&piece));
            self.pieces.push_back(all.freeze());
        }
        self.pieces.front().cloned().unwrap_or_default()
    }
}
