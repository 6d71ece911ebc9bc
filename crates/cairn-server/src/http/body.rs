//! Reading a request's body: bounded in bytes, in time, and in the memory of all bodies together.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use cairn_wire::Fault;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

const KIB: usize = 1024;
/// What is read of a refused request's body, and for how long.
const DISCARD_BYTES: usize = 64 * 1024 * KIB;
const DISCARD_TIME: Duration = Duration::from_secs(2);

/// How long a request waits for its share of the memory.
const WAIT: Duration = Duration::from_secs(10);
/// A client may be slower than `FLOOR` bytes a second for this long in all.
const GRACE: Duration = Duration::from_secs(5);
const FLOOR: usize = 64 * KIB;

/// What all bodies together may hold in memory. Those who have not shown a known key, small API
/// bodies, and batches of records have pools of their own, so that none can starve another.
pub(crate) struct Memory {
    strangers: Arc<Semaphore>,
    api: Arc<Semaphore>,
    ingest: Arc<Semaphore>,
}

/// Which pool a body is held in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    Strangers,
    Api,
    Ingest,
}

/// A whole body and the share of memory it occupies.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    _share: OwnedSemaphorePermit,
}

impl Memory {
    /// `bytes` go to batches of records; API bodies and strangers get a quarter of it each.
    pub(crate) fn new(bytes: usize) -> Self {
        let pool = |bytes: usize| Arc::new(Semaphore::new(bytes / KIB));
        Self { strangers: pool(bytes / 4), api: pool(bytes / 4), ingest: pool(bytes) }
    }

    /// Reads `body` to its end; `spare` more bytes are held for what it unpacks to.
    ///
    /// # Errors
    /// `RequestEntityTooLargeException` above `limit`, `ServiceUnavailable` when there is no memory
    /// for it, `RequestTimeout` when the client is too slow, `IncompleteBody` when it hangs up.
    pub(crate) async fn read(
        &self,
        body: &mut Incoming,
        pool: Pool,
        limit: usize,
        spare: usize,
        timeout: Duration,
    ) -> Result<Whole, Fault> {
        let declared = body.size_hint().exact().map(|size| size as usize);
        if declared.is_some_and(|size| size > limit) {
            return Err(Fault::too_large(limit));
        }
        let share = ((declared.unwrap_or(limit) + spare) / KIB + 1) as u32;
        let pool = match pool {
            Pool::Strangers => &self.strangers,
            Pool::Api => &self.api,
            Pool::Ingest => &self.ingest,
        };
        let share = tokio::time::timeout(WAIT, pool.clone().acquire_many_owned(share)).await;
        let share = share.map_err(|_| {
            Fault::unavailable("too many request bodies are on their way: send again in a moment")
        })?;
        let share = share.expect("the semaphore is never closed");
        let read = collect(body, declared.unwrap_or(0), limit);
        let bytes =
            tokio::time::timeout(timeout, read).await.unwrap_or_else(|_| Err(too_slow()))?;
        Ok(Whole { bytes, _share: share })
    }
}

async fn collect(body: &mut Incoming, room: usize, limit: usize) -> Result<Bytes, Fault> {
    let began = Instant::now();
    let mut whole = BytesMut::with_capacity(room);
    loop {
        let due = began + GRACE + Duration::from_secs((whole.len() / FLOOR) as u64);
        let frame = tokio::time::timeout_at(due, body.frame()).await.map_err(|_| too_slow())?;
        let Some(frame) = frame else { return Ok(whole.freeze()) };
        let frame = frame.map_err(|error| {
            Fault::client("IncompleteBody", "the body ended before its declared length")
                .with_internal(error.to_string())
        })?;
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > limit {
                return Err(Fault::too_large(limit));
            }
            whole.extend_from_slice(&data);
        }
    }
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

/// Undoes one coding.
pub(crate) fn decoded(body: Bytes, coding: &str, limit: usize) -> Result<Bytes, Fault> {
    decode(body, Some(coding), limit)
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
        return Err(Fault::too_large(limit));
    }
    Ok(Bytes::from(out))
}

fn too_slow() -> Fault {
    Fault::client("RequestTimeout", "the body did not arrive in time: send it again")
        .with_status(408)
}
