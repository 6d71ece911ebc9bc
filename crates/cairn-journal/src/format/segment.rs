//! The first sector of a segment file.

use super::{COUNT_LIMIT, Hash, SECTOR, Take, VERSION, close, opened};

const MAGIC: [u8; 4] = *b"CRNS";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) segment: u64,
    /// The process that made the file: one more than any before it.
    pub(crate) epoch: u64,
    pub(crate) first_seq: u64,
    pub(crate) first_block: u64,
    /// Hash of the last block before this segment; zeros for the first.
    pub(crate) prev_hash: Hash,
    /// Mixed into the checksum of each block header of this file.
    pub(crate) salt: u64,
    pub(crate) created_ms: i64,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SECTOR);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        for value in [self.segment, self.epoch, self.first_seq, self.first_block] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(self.prev_hash);
        bytes.extend(self.salt.to_le_bytes());
        bytes.extend(self.created_ms.to_le_bytes());
        close(bytes, SECTOR, 0)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(opened(bytes, SECTOR, 0)?);
        if take.array::<4>()? != MAGIC || take.u16()? != VERSION {
            return None;
        }
        take.u16()?;
        let header = Self {
            segment: take.u64()?,
            epoch: take.u64()?,
            first_seq: take.u64()?,
            first_block: take.u64()?,
            prev_hash: take.array()?,
            salt: take.u64()?,
            created_ms: take.i64()?,
        };
        let counts = [header.segment, header.epoch, header.first_seq, header.first_block];
        counts.iter().all(|count| (1..COUNT_LIMIT).contains(count)).then_some(header)
    }
}
