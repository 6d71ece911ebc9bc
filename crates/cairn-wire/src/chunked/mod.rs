//! The `aws-chunked` content coding: a body in chunks, each of which may carry a signature.
//!
//! ```text
//! hex-size[;chunk-signature=64-digits] CRLF  data CRLF      as often as there is data
//! 0[;chunk-signature=64-digits] CRLF
//! [name:value CRLF …] [x-amz-trailer-signature:64-digits CRLF] CRLF
//! ```
//!
//! Three machines without IO read it, each from the one before: a [`Decoder`] takes the framing
//! apart, a [`Verifier`] checks the signatures, a [`Resigner`] writes the same body signed with
//! another key. Each takes from the bytes that it is given and hands out what they are; what it
//! cannot use yet it keeps, within the bounds below. After an error it only repeats that error.

mod decode;
mod flaw;
mod line;
mod resign;
mod verify;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use crate::Parts;

pub use decode::Decoder;
pub use flaw::Flaw;
pub use resign::Resigner;
pub use verify::Verifier;

/// The largest signed chunk, in bytes: 2 MiB. Whoever signs a chunk again has to hold it. Clients
/// send 64 KiB to 1 MiB; chunks without signatures are bounded by the length of the whole body.
pub const CHUNK_BYTES: u64 = 2 * 1024 * 1024;
/// The longest line before a chunk's data, in bytes: 16 digits, the signature and room to spare.
pub const LINE_BYTES: usize = 128;
/// The longest trailer, in bytes, its end of line included.
pub const TRAILER_BYTES: usize = 1024;
/// How many trailers a body may have, beside the signature of all. Clients send one: a checksum.
pub const TRAILERS: usize = 16;

/// What comes next in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A chunk begins, with so many bytes of data; the last one has none.
    Chunk { size: u64 },
    /// Data of the chunk, a slice of what was fed. From a [`Verifier`]: not verified yet.
    Data(Bytes),
    /// The chunk is whole. From a [`Verifier`]: and signed by the key.
    ChunkEnd,
    /// From a [`Verifier`]: not verified before [`Event::TrailersEnd`].
    Trailer(HeaderName, HeaderValue),
    /// The signature over the trailers. From a [`Verifier`]: it is the key's.
    TrailersEnd,
    /// The body is whole, and so is its data.
    End,
}

/// `x-amz-decoded-content-length`, in bytes: how much data the chunks hold together. `None` where
/// it is missing, repeated or not a plain number.
pub fn decoded_length(parts: &Parts<'_>) -> Option<u64> {
    let text = parts.header(&HeaderName::from_static("x-amz-decoded-content-length"))?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// A part of the body as it came, and what it is. All frames together are the body, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Frame {
    /// `None` for an empty line that means nothing.
    event: Option<Event>,
    raw: Bytes,
    signed: Option<Signature>,
}

impl Frame {
    fn plain(event: Event, raw: Bytes) -> Self {
        Self { event: Some(event), raw, signed: None }
    }
}

/// A signature in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Signature {
    bytes: [u8; 32],
    /// Where in the line its 64 digits start.
    at: usize,
}
