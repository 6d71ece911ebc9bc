//! Why a body in chunks is refused.

use cairn_core::ErrorKind;

use super::{CHUNK_BYTES, LINE_BYTES, TRAILER_BYTES, TRAILERS};
use crate::Fault;

/// Every reason to refuse a body in chunks. The texts go to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Also where a signature is missing, or is there and must not be.
    #[error(
        "chunk {number} does not start with its size in hexadecimal, its signature where chunks \
         are signed, and CRLF, in at most {LINE_BYTES} bytes"
    )]
    Line { number: u64 },
    #[error("chunk {number} has {size} bytes: a signed chunk has at most {CHUNK_BYTES}")]
    ChunkSize { number: u64, size: u64 },
    #[error("the data of chunk {number} is not followed by CRLF")]
    DataEnd { number: u64 },
    #[error("a trailer is not 'name:value' in at most {TRAILER_BYTES} bytes")]
    Trailer,
    #[error("trailers may not be here, not twice, not behind their signature, at most {TRAILERS}")]
    TrailerPlace,
    #[error("the signature of chunk {number} does not match its data and what came before")]
    ChunkSignature { number: u64 },
    #[error("the signature of the trailers does not match them and what came before")]
    TrailerSignature,
    #[error("the chunks hold other than the {declared} bytes of x-amz-decoded-content-length")]
    Length { declared: u64 },
    #[error("there are bytes behind the end of the last chunk and its trailers")]
    Surplus,
    #[error("the body ends before its last chunk, its trailers and an empty line")]
    Truncated,
}

impl From<Flaw> for Fault {
    fn from(flaw: Flaw) -> Self {
        let fault = |code: &'static str| Fault::client(code, flaw.to_string());
        match flaw {
            Flaw::ChunkSignature { .. } | Flaw::TrailerSignature => {
                fault("InvalidSignatureException").with_kind(ErrorKind::Denied)
            }
            Flaw::ChunkSize { .. } => fault("RequestEntityTooLargeException").with_status(413),
            Flaw::Trailer | Flaw::TrailerPlace => fault("MalformedTrailerError"),
            Flaw::Length { .. } | Flaw::Truncated => fault("IncompleteBody"),
            Flaw::Line { .. } | Flaw::DataEnd { .. } | Flaw::Surplus => fault("InvalidRequest"),
        }
    }
}
