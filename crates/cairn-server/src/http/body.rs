//! Reading a request's body: bounded in bytes, in time, and in the memory of all bodies together.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cairn_wire::Fault;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const KIB: usize = 1024;
/// What is read of a refused request's body, and for how long.
const DISCARD_BYTES: usize = 64 * 1024 * KIB;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// What all bodies together may hold in memory; readers wait for their share.
#[derive(Clone)]
pub(crate) struct Memory(Arc<Semaphore>);

/// A whole body and the share of memory it occupies.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

impl Memory {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / KIB)))
    }

    /// Reads `body` to its end.
    ///
    /// # Errors
    /// `RequestEntityTooLargeException` above `limit`, `RequestTimeout` when the client is slower
    /// than `timeout`, `IncompleteBody` when it hangs up.
    pub(crate) async fn read(
        &self,
        body: &mut Incoming,
        limit: usize,
        timeout: Duration,
    ) -> Result<Whole, Fault> {
        let declared = body.size_hint().exact().map(|size| size as usize);
        if declared.is_some_and(|size| size > limit) {
            return Err(too_large(limit));
        }
        let room = declared.unwrap_or(limit);
        let share = (room / KIB + 1) as u32;
        let share = self.0.clone().acquire_many_owned(share).await;
        let share = share.expect("the semaphore is never closed");
        let read = collect(body, declared.unwrap_or(0), limit);
        let bytes =
            tokio::time::timeout(timeout, read).await.unwrap_or_else(|_| Err(too_slow()))?;
        Ok(Whole { bytes, _share: share })
    }
}

async fn collect(body: &mut Incoming, room: usize, limit: usize) -> Result<Bytes, Fault> {
    let mut whole = BytesMut::with_capacity(room);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Fault::client("IncompleteBody", "the body ended before its declared length")
                .with_internal(error.to_string())
        })?;
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > limit {
                return Err(too_large(limit));
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

/// Reads what is left of a refused request's body and keeps nothing. A client that is still sending
/// when its connection closes would lose the answer.
pub(crate) async fn discard(mut body: Incoming) {
    let read = async {
        let mut left = DISCARD_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    let _ = tokio::time::timeout(DISCARD_TIME, read).await;
}

/// Undoes `Content-Encoding`; what comes out is at most `limit` bytes, so a bomb stops there.
pub(crate) fn decode(body: Bytes, encoding: Option<&str>, limit: usize) -> Result<Bytes, Fault> {
    let mut out = Vec::new();
    let cap = limit as u64 + 1;
    let read = match encoding.map(str::trim) {
        None | Some("" | "identity") => return Ok(body),
        Some("gzip") => {
            flate2::bufread::MultiGzDecoder::new(&body[..]).take(cap).read_to_end(&mut out)
        }
        Some("zstd") => match zstd::stream::read::Decoder::with_buffer(&body[..]) {
            Ok(decoder) => decoder.take(cap).read_to_end(&mut out),
            Err(error) => Err(error),
        },
        Some(other) => {
            let text = format!("Content-Encoding {other:?} is not known: use gzip, zstd or none");
            return Err(Fault::client("UnsupportedMediaTypeException", text).with_status(415));
        }
    };
    read.map_err(|error| {
        let text = format!("the body is not what its Content-Encoding says: {error}");
        Fault::client("InvalidBody", text)
    })?;
    if out.len() > limit {
        return Err(too_large(limit));
    }
    Ok(Bytes::from(out))
}

fn too_large(limit: usize) -> Fault {
    Fault::too_large(limit)
}

fn too_slow() -> Fault {
    Fault::client("RequestTimeout", "the body did not arrive in time: send it again")
        .with_status(408)
}
