//! One record inside a chunk. Its `seq` is its place: the block's first plus its number in it.

use std::ops::Range;

use super::Take;
use crate::Kind;

/// Bytes in front of the body.
pub(crate) const HEADER: usize = 4 + 1 + 8 + 8 + 8;
/// A record's bytes, with room for the header that a quarantined record carries.
pub(crate) const MAX_BODY: usize = cairn_core::limits::QUARANTINE_BYTES + 64 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) account: u64,
    pub(crate) acct_seq: u64,
    pub(crate) ingest_ms: i64,
    /// Where the body is in the chunk.
    pub(crate) body: Range<usize>,
}

pub(crate) fn encode(
    out: &mut Vec<u8>,
    kind: Kind,
    account: u64,
    acct_seq: u64,
    ingest_ms: i64,
    body: &[u8],
) {
    out.reserve(HEADER + body.len());
    out.extend_from_slice(&(body.len() as u32).to_le_bytes());
    out.push(kind as u8);
    out.extend_from_slice(&account.to_le_bytes());
    out.extend_from_slice(&acct_seq.to_le_bytes());
    out.extend_from_slice(&ingest_ms.to_le_bytes());
    out.extend_from_slice(body);
}

/// Reads the frames of a chunk; `None` unless they fill it exactly.
pub(crate) fn decode(chunk: &[u8], count: u32) -> Option<Vec<Frame>> {
    let mut frames = Vec::with_capacity((count as usize).min(chunk.len() / HEADER));
    let mut take = Take(chunk);
    while !take.0.is_empty() {
        let length = take.u32()? as usize;
        let kind = Kind::from_number(take.u8()?)?;
        let (account, acct_seq, ingest_ms) = (take.u64()?, take.u64()?, take.i64()?);
        let start = chunk.len() - take.0.len();
        take.bytes(length)?;
        frames.push(Frame { kind, account, acct_seq, ingest_ms, body: start..start + length });
    }
    (frames.len() == count as usize).then_some(frames)
}
