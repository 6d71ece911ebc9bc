//! The beginning of an answer's body.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;

use super::pool::Answering;

/// How long an answer of unknown length is waited for before it passes as it comes: of a read, and
/// of a write, whose record says what the answer says. CompleteMultipartUpload tells of its failure
/// only at the end.
const PATIENCE: [Duration; 2] = [Duration::from_millis(200), Duration::from_secs(20)];

/// What was read of an answer.
pub(super) enum Captured {
    /// All of it.
    Whole(Bytes),
    Part(VecDeque<Bytes>, Answering),
    /// The upstream broke off.
    Broken,
}

/// Reads an answer to its end if it has at most `limit` bytes and comes at once.
pub(super) async fn capture(
    mut body: Answering,
    limit: usize,
    read_only: bool,
    answer_timeout: Duration,
) -> Captured {
    let declared = body.size_hint().exact();
    if body.is_end_stream() {
        return Captured::Whole(Bytes::new());
    }
    if declared.is_some_and(|size| size > limit as u64) {
        return Captured::Part(VecDeque::new(), body);
    }
    let mut pieces = VecDeque::new();
    let read = read(&mut body, &mut pieces, limit);
    let ended = match declared {
        Some(_) => tokio::time::timeout(answer_timeout, read).await.unwrap_or(Err(())),
        None => {
            let patience = PATIENCE[usize::from(!read_only)];
            tokio::time::timeout(patience, read).await.unwrap_or(Ok(false))
        }
    };
    match ended {
        Ok(true) => Captured::Whole(joined(pieces)),
        Ok(false) => Captured::Part(pieces, body),
        Err(()) => Captured::Broken,
    }
}

async fn read(
    body: &mut Answering,
    pieces: &mut VecDeque<Bytes>,
    limit: usize,
) -> Result<bool, ()> {
    let mut read = 0;
    while read <= limit {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Ok(bytes) = frame.into_data() {
                    read += bytes.len();
                    pieces.push_back(bytes);
                }
            }
            Some(Err(_)) => return Err(()),
            None => return Ok(true),
        }
    }
    Ok(false)
}

fn joined(mut pieces: VecDeque<Bytes>) -> Bytes {
    if pieces.len() <= 1 {
        return pieces.pop_front().unwrap_or_default();
    }
    let mut all = BytesMut::with_capacity(pieces.iter().map(Bytes::len).sum());
    for piece in &pieces {
        all.extend_from_slice(piece);
    }
    all.freeze()
}
