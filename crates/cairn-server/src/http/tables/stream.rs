//! A file on its way out: read a piece at a time, when the client takes it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cairn_journal::DiskFile;
use cairn_task::blocking;
use hyper::body::{Body, Frame, SizeHint};

/// What is in memory of one answer.
pub(super) const PIECE: u64 = 256 * 1024;

type Reading = Pin<Box<dyn Future<Output = (Box<dyn DiskFile>, io::Result<Bytes>)> + Send>>;

/// The bytes of a file from one place up to another.
pub(crate) struct Stream {
    /// Away while it is being read.
    file: Option<Box<dyn DiskFile>>,
    reading: Option<Reading>,
    at: u64,
    end: u64,
}

impl Stream {
    pub(super) fn new(file: Box<dyn DiskFile>, at: u64, end: u64) -> Self {
        Self { file: Some(file), reading: None, at, end }
    }

    /// All of it at once.
    pub(super) fn rest(self) -> io::Result<Bytes> {
        match &self.file {
            Some(file) => read(&**file, self.at, self.end - self.at),
            None => Ok(Bytes::new()),
        }
    }
}

fn read(file: &dyn DiskFile, at: u64, length: u64) -> io::Result<Bytes> {
    let mut bytes = vec![0; length as usize];
    file.read_exact_at(&mut bytes, at)?;
    Ok(bytes.into())
}

impl Body for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.reading.is_none() {
            let (at, length) = (self.at, PIECE.min(self.end - self.at));
            let Some(file) = self.file.take().filter(|_| length > 0) else {
                return Poll::Ready(None);
            };
            self.reading = Some(Box::pin(blocking("table-read", move || {
                let bytes = read(&*file, at, length);
                (file, bytes)
            })));
        }
        let Some(reading) = &mut self.reading else { return Poll::Ready(None) };
        let (file, bytes) = ready!(reading.as_mut().poll(context));
        self.reading = None;
        match bytes {
            Ok(bytes) => {
                self.at += bytes.len() as u64;
                self.file = Some(file);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Err(error) => {
                tracing::error!(%error, "failed to read a table's file");
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.end - self.at)
    }
}
