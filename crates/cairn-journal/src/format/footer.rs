//! The end of a sealed segment: what it holds, where its blocks are, and the hash of it all.

use super::{COUNT_LIMIT, Hash, Take, VERSION, close, opened};

const MAGIC: [u8; 4] = *b"CRNF";
const TAIL_MAGIC: [u8; 4] = *b"CRNE";
/// Bytes of the head, which stands at a sector boundary right behind the blocks.
pub(crate) const HEAD: usize = 192;
/// Bytes of the tail, the last of the file.
pub(crate) const TAIL: usize = 4 + 8 + 32 + 4;
const BLOCK: usize = 24;
const ACCOUNT: usize = 16;

/// Where a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockEntry {
    pub(crate) first_seq: u64,
    pub(crate) offset: u64,
    /// Header and payload, without padding.
    pub(crate) length: u32,
    pub(crate) count: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FooterHead {
    pub(crate) segment: u64,
    pub(crate) epoch: u64,
    pub(crate) first_seq: u64,
    /// One less than `first_seq` where there is no record.
    pub(crate) last_seq: u64,
    pub(crate) first_block: u64,
    pub(crate) blocks: u64,
    pub(crate) last_ingest_ms: i64,
    pub(crate) last_hash: Hash,
    pub(crate) accounts: u64,
    /// Where a torn tail was cut from this segment, and how much; zeros if none was.
    pub(crate) cut_offset: u64,
    pub(crate) cut_bytes: u64,
    pub(crate) index_crc: u32,
}

/// The last bytes of a sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FooterTail {
    /// Where the head is.
    pub(crate) offset: u64,
    /// SHA-256 of everything before the tail.
    pub(crate) hash: Hash,
}

/// Bytes of a whole footer.
pub(crate) fn length(blocks: usize, accounts: usize) -> usize {
    HEAD + blocks * BLOCK + accounts * ACCOUNT + TAIL
}

/// Head, index and counters: everything but the tail. Fills in the counts and `index_crc`.
pub(crate) fn encode(head: FooterHead, blocks: &[BlockEntry], accounts: &[(u64, u64)]) -> Vec<u8> {
    let mut index = Vec::with_capacity(length(blocks.len(), accounts.len()));
    for block in blocks {
        index.extend(block.first_seq.to_le_bytes());
        index.extend(block.offset.to_le_bytes());
        index.extend(block.length.to_le_bytes());
        index.extend(block.count.to_le_bytes());
    }
    for (account, last) in accounts {
        index.extend(account.to_le_bytes());
        index.extend(last.to_le_bytes());
    }
    let head = FooterHead {
        blocks: blocks.len() as u64,
        accounts: accounts.len() as u64,
        index_crc: crc32c::crc32c(&index),
        ..head
    };
    let mut bytes = head.encode();
    bytes.append(&mut index);
    bytes
}

impl FooterHead {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        let before = [self.segment, self.epoch, self.first_seq, self.last_seq];
        for value in before.into_iter().chain([self.first_block, self.blocks]) {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(self.last_ingest_ms.to_le_bytes());
        bytes.extend(self.last_hash);
        for value in [self.accounts, self.cut_offset, self.cut_bytes] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(self.index_crc.to_le_bytes());
        close(bytes, HEAD, 0)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(opened(bytes, HEAD, 0)?);
        if take.array::<4>()? != MAGIC || take.u16()? != VERSION {
            return None;
        }
        take.u16()?;
        let head = Self {
            segment: take.u64()?,
            epoch: take.u64()?,
            first_seq: take.u64()?,
            last_seq: take.u64()?,
            first_block: take.u64()?,
            blocks: take.u64()?,
            last_ingest_ms: take.i64()?,
            last_hash: take.array()?,
            accounts: take.u64()?,
            cut_offset: take.u64()?,
            cut_bytes: take.u64()?,
            index_crc: take.u32()?,
        };
        let counts = [head.first_seq, head.last_seq, head.first_block, head.blocks];
        counts.iter().all(|count| *count < COUNT_LIMIT).then_some(head)
    }

    /// Bytes of index and counters.
    pub(crate) fn index_length(&self) -> Option<usize> {
        let blocks = usize::try_from(self.blocks).ok()?.checked_mul(BLOCK)?;
        let accounts = usize::try_from(self.accounts).ok()?.checked_mul(ACCOUNT)?;
        blocks.checked_add(accounts)
    }

    /// Reads index and counters; `None` unless they are what was written.
    #[expect(clippy::type_complexity, reason = "two lists, named where they are used")]
    pub(crate) fn decode_index(&self, bytes: &[u8]) -> Option<(Vec<BlockEntry>, Vec<(u64, u64)>)> {
        if Some(bytes.len()) != self.index_length() || crc32c::crc32c(bytes) != self.index_crc {
            return None;
        }
        let (blocks, accounts) = bytes.split_at_checked(self.blocks as usize * BLOCK)?;
        let read_block = |entry| {
            let mut take = Take(entry);
            Some(BlockEntry {
                first_seq: take.u64()?,
                offset: take.u64()?,
                length: take.u32()?,
                count: take.u32()?,
            })
        };
        let read_account = |entry| {
            let mut take = Take(entry);
            Some((take.u64()?, take.u64()?))
        };
        Some((
            blocks.chunks_exact(BLOCK).map(read_block).collect::<Option<_>>()?,
            accounts.chunks_exact(ACCOUNT).map(read_account).collect::<Option<_>>()?,
        ))
    }
}

impl FooterTail {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(TAIL);
        bytes.extend(TAIL_MAGIC);
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend(self.hash);
        close(bytes, TAIL, 0)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut take = Take(opened(bytes, TAIL, 0)?);
        if take.array::<4>()? != TAIL_MAGIC {
            return None;
        }
        Some(Self { offset: take.u64()?, hash: take.array()? })
    }
}
