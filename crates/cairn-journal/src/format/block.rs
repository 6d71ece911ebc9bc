//! One group commit: a header, compressed chunks, and the directory of the chunks.

use std::ops::Range;

use super::{COUNT_LIMIT, Hash, Take, VERSION, close, opened};

const MAGIC: [u8; 4] = *b"CRNB";
/// Bytes of a block's header.
pub(crate) const HEADER: usize = 192;
/// Bytes of one entry of the directory.
pub(crate) const ENTRY: usize = 16;
/// What a chunk can hold at most, decompressed; a reader allocates no more than this.
pub(crate) const MAX_CHUNK: usize = super::frame::MAX_BODY + super::frame::HEADER;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockHeader {
    pub(crate) segment: u64,
    pub(crate) epoch: u64,
    /// Counts blocks over the whole journal.
    pub(crate) block: u64,
    pub(crate) first_seq: u64,
    pub(crate) count: u32,
    pub(crate) chunks: u32,
    /// Bytes behind the header: chunks and directory, without padding.
    pub(crate) payload: u32,
    pub(crate) directory_crc: u32,
    pub(crate) ingest_ms: i64,
    pub(crate) prev_hash: Hash,
    pub(crate) payload_crc: u32,
}

impl BlockHeader {
    pub(crate) fn encode(&self, salt: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        for value in [self.segment, self.epoch, self.block, self.first_seq] {
            bytes.extend(value.to_le_bytes());
        }
        for value in [self.count, self.chunks, self.payload, self.directory_crc] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(self.ingest_ms.to_le_bytes());
        bytes.extend(self.prev_hash);
        // Merkle root and MAC: reserved, zero in this version.
        bytes.extend([0; 64]);
        bytes.extend(self.payload_crc.to_le_bytes());
        close(bytes, HEADER, salt)
    }

    /// `None` unless these bytes begin with a block header written for a file with this salt.
    pub(crate) fn decode(bytes: &[u8], salt: u64) -> Option<Self> {
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let mut take = Take(opened(bytes, HEADER, salt)?);
        if take.array::<4>()? != MAGIC || take.u16()? != VERSION {
            return None;
        }
        take.u16()?;
        let mut header = Self {
            segment: take.u64()?,
            epoch: take.u64()?,
            block: take.u64()?,
            first_seq: take.u64()?,
            count: take.u32()?,
            chunks: take.u32()?,
            payload: take.u32()?,
            directory_crc: take.u32()?,
            ingest_ms: take.i64()?,
            prev_hash: take.array()?,
            payload_crc: 0,
        };
        take.bytes(64)?;
        header.payload_crc = take.u32()?;
        let counted = header.count > 0 && header.first_seq.max(header.block) < COUNT_LIMIT;
        (counted && header.directory() <= header.payload as usize).then_some(header)
    }

    /// Header and payload, without padding.
    pub(crate) fn length(&self) -> usize {
        HEADER + self.payload as usize
    }

    /// Where the directory is, counted from the start of the block.
    pub(crate) fn directory_range(&self) -> Range<usize> {
        self.length() - self.directory()..self.length()
    }

    pub(crate) fn last_seq(&self) -> u64 {
        self.first_seq + u64::from(self.count) - 1
    }

    fn directory(&self) -> usize {
        self.chunks as usize * ENTRY
    }
}

/// Where one chunk is and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Compressed bytes, counted from the start of the block.
    pub(crate) at: Range<usize>,
    pub(crate) raw: usize,
    /// Records in it, counted from the start of the block.
    pub(crate) records: Range<u32>,
    /// Over the compressed bytes.
    pub(crate) crc: u32,
}

pub(crate) fn encode_entry(out: &mut Vec<u8>, stored: usize, raw: usize, records: u32, crc: u32) {
    for value in [stored as u32, raw as u32, records, crc] {
        out.extend(value.to_le_bytes());
    }
}

/// Reads a directory; `None` unless it describes exactly this block.
pub(crate) fn decode_directory(header: &BlockHeader, bytes: &[u8]) -> Option<Vec<Chunk>> {
    if bytes.len() != header.directory() || crc32c::crc32c(bytes) != header.directory_crc {
        return None;
    }
    let mut chunks = Vec::with_capacity(header.chunks as usize);
    let (mut offset, mut record) = (HEADER, 0u32);
    for entry in bytes.chunks_exact(ENTRY) {
        let mut take = Take(entry);
        let (stored, raw) = (take.u32()? as usize, take.u32()? as usize);
        let (count, crc) = (take.u32()?, take.u32()?);
        let next = record.checked_add(count)?;
        if count == 0 || raw > MAX_CHUNK {
            return None;
        }
        chunks.push(Chunk { at: offset..offset + stored, raw, records: record..next, crc });
        (offset, record) = (offset + stored, next);
    }
    (record == header.count && offset == header.directory_range().start).then_some(chunks)
}
