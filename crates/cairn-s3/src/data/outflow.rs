//! Bytes on their way out: read and opened a batch of frames at a time, when the client takes them.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use cairn_store::objects::File;
use cairn_task::blocking;
use http_body::{Frame, SizeHint};
use http_body_util::{BodyExt, Empty, Full};

use super::crypt::{FRAME, FileKey, Secret, TAG};
use super::disk::Disk;
use crate::Body;

/// Frames that are read at once.
const BATCH: u64 = 8;

/// An object's files and what opens them.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) disk: Disk,
    pub(crate) secret: Secret,
    pub(crate) files: Vec<File>,
}

/// Reads a range of an object in order.
pub(crate) struct Outflow {
    disk: Disk,
    secret: Secret,
    pieces: VecDeque<Piece>,
    open: Option<(fs::File, FileKey)>,
}

/// A range of one file: bytes of the object, from the file's own start.
struct Piece {
    file: File,
    from: u64,
    to: u64,
}

impl Outflow {
    /// `from` up to `to`, exclusive.
    pub(crate) fn new(source: Source, from: u64, to: u64) -> Self {
        let mut pieces = VecDeque::new();
        let mut start = 0;
        for file in source.files {
            let end = start + file.size;
            if end > from && start < to {
                let (from, to) = (from.max(start) - start, to.min(end) - start);
                pieces.push_back(Piece { file, from, to });
            }
            start = end;
        }
        Self { disk: source.disk, secret: source.secret, pieces, open: None }
    }

    /// The next bytes; `None` after the last ones.
    pub(crate) fn next(&mut self) -> io::Result<Option<Bytes>> {
        let Some(piece) = self.pieces.front_mut() else { return Ok(None) };
        let (file, key) = match &mut self.open {
            Some(open) => open,
            none => none.insert((
                self.disk.read(&piece.file.id)?,
                FileKey::new(&self.secret, &piece.file.id),
            )),
        };
        let frame = FRAME as u64;
        let first = piece.from / frame;
        let last_of_file = (piece.file.size - 1) / frame;
        let last = (first + BATCH - 1).min((piece.to - 1) / frame);
        let sealed_at = |number: u64| number * (frame + TAG as u64);
        let frames = last - first + 1;
        let end = if last == last_of_file {
            piece.file.size + (last + 1) * TAG as u64
        } else {
            sealed_at(last + 1)
        };
        let mut sealed = vec![0; (end - sealed_at(first)) as usize];
        file.read_exact_at(&mut sealed, sealed_at(first))?;
        let mut plain = Vec::with_capacity(frames as usize * FRAME);
        for (at, chunk) in sealed.chunks_mut(FRAME + TAG).enumerate() {
            let number = first + at as u64;
            plain.extend_from_slice(key.open(number, number == last_of_file, chunk)?);
        }
        let skip = (piece.from - first * frame) as usize;
        let until = (piece.to.min(first * frame + plain.len() as u64) - first * frame) as usize;
        piece.from = first * frame + until as u64;
        if piece.from >= piece.to {
            self.pieces.pop_front();
            self.open = None;
        }
        Ok(Some(Bytes::from(plain).slice(skip..until)))
    }
}

type Reading = Pin<Box<dyn Future<Output = (Outflow, io::Result<Option<Bytes>>)> + Send>>;

struct Stream {
    first: Option<Bytes>,
    idle: Option<Outflow>,
    reading: Option<Reading>,
    left: u64,
}

fn read(mut outflow: Outflow) -> Reading {
    Box::pin(blocking("s3-read", move || {
        let bytes = outflow.next();
        (outflow, bytes)
    }))
}

/// A body of what is left to read. The first bytes are read at once, so that a file that cannot be
/// read is an answer and no broken connection.
pub(crate) async fn stream(outflow: Outflow, bytes: u64) -> io::Result<Body> {
    let (outflow, first) = read(outflow).await;
    let stream = Stream { first: first?, idle: Some(outflow), reading: None, left: bytes };
    Ok(stream.boxed_unsync())
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            self.left = self.left.saturating_sub(first.len() as u64);
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if self.reading.is_none() {
            self.reading = self.idle.take().map(read);
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let (outflow, bytes) = std::task::ready!(reading.as_mut().poll(context));
        (self.idle, self.reading) = (Some(outflow), None);
        match bytes {
            Ok(Some(bytes)) => {
                self.left = self.left.saturating_sub(bytes.len() as u64);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Ok(None) => Poll::Ready(None),
            Err(error) => {
                tracing::error!(%error, "an object cannot be read");
                self.idle = None;
                Poll::Ready(Some(Err(error.into())))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}
