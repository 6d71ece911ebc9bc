//! What is inside a block: from its bytes to the frames of its records.

use std::cell::RefCell;

use bytes::Bytes;
use cairn_core::{AccountId, Seq, Timestamp};
use zstd::bulk::Decompressor;

use crate::Record;
use crate::format::block::{BlockHeader, Chunk, decode_directory};
use crate::format::frame::{self, Frame};

/// The directory of a whole block in memory.
pub(crate) fn directory(header: &BlockHeader, block: &[u8]) -> Option<Vec<Chunk>> {
    decode_directory(header, block.get(header.directory_range())?)
}

/// Checks and decompresses one chunk. `stored` holds exactly its compressed bytes.
pub(crate) fn expand(chunk: &Chunk, stored: &[u8]) -> Option<Vec<u8>> {
    thread_local! {
        static CONTEXT: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
    }
    if crc32c::crc32c(stored) != chunk.crc {
        return None;
    }
    let mut raw = vec![0; chunk.raw];
    let length = CONTEXT.with_borrow_mut(|context| {
        if context.is_none() {
            *context = Decompressor::new().ok();
        }
        context.as_mut()?.decompress_to_buffer(stored, raw.as_mut_slice()).ok()
    })?;
    (length == chunk.raw).then_some(raw)
}

/// The frames of an expanded chunk.
pub(crate) fn frames(chunk: &Chunk, raw: &[u8]) -> Option<Vec<Frame>> {
    frame::decode(raw, chunk.records.end - chunk.records.start)
}

/// The record of one frame. `None` where the account is not an account.
pub(crate) fn record(seq: u64, frame: Frame, chunk: &Bytes) -> Option<Record> {
    Some(Record {
        seq: Seq(seq),
        account: AccountId::new(frame.account)?,
        acct_seq: frame.acct_seq,
        kind: frame.kind,
        ingested: Timestamp::from_millis(frame.ingest_ms),
        raw: chunk.slice(frame.body),
        parsed: None,
    })
}
