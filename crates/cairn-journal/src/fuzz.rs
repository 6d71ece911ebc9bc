//! Doors for the fuzzer; not built otherwise.
//!
//! Checksums would stop nearly all made-up bytes at the first door, so the doors also try them with
//! the checksums put right: what lies behind must not rely on being reached by honest bytes only.

use crate::content;
use crate::defect::Planted;
use crate::format::block::{self, BlockHeader};
use crate::format::footer::{self, FooterHead, FooterTail};
use crate::format::marker::Marker;
use crate::format::segment::SegmentHeader;
use crate::format::{Hash, SECTOR, close, frame, padded, sha256};
use crate::segment::{Counters, Edge, scan};

/// Every parser of the format over arbitrary bytes: none may panic.
pub fn parsers(bytes: &[u8]) {
    let count = bytes.first().copied().unwrap_or(0);
    _ = frame::decode(bytes.get(1..).unwrap_or_default(), u32::from(count));
    each(bytes);
    for size in [SECTOR, block::HEADER, footer::TAIL] {
        if let Some(mended) = mend(bytes, size, 0) {
            each(&mended);
        }
    }
}

/// `bytes` with the right checksums, and with hashes that chain the blocks. Numbers and places
/// stay as they are. Shorter than a segment's header, they come back as they came.
pub fn mended(bytes: &[u8]) -> Vec<u8> {
    let Some(mut mended) = mend(bytes, SECTOR, 0) else { return bytes.to_vec() };
    let Some(header) = SegmentHeader::decode(&mended) else { return mended };
    let (mut at, mut prev_hash) = (SECTOR, header.prev_hash);
    while let Some((found, bytes)) = mend_block(mended.get(at..), header.salt, prev_hash) {
        prev_hash = sha256(&[&bytes]);
        let room = mended.get_mut(at..at + bytes.len()).unwrap_or_default();
        room.copy_from_slice(&bytes);
        at += padded(found.length());
    }
    mended
}

/// Scans an unsealed segment; the records that it admits to, or `None` where it reports damage.
pub fn records(bytes: &[u8]) -> Option<u64> {
    let header = SegmentHeader::decode(bytes.get(..SECTOR)?)?;
    let edge = Edge {
        seq: header.first_seq - 1,
        block: header.first_block - 1,
        hash: header.prev_hash,
        ..Edge::default()
    };
    let scan = scan(bytes, &header, edge, &mut Counters::default(), Planted::default()).ok()?;
    Some(scan.edge.seq + 1 - header.first_seq)
}

fn each(bytes: &[u8]) {
    _ = Marker::decode(bytes);
    _ = SegmentHeader::decode(bytes);
    _ = FooterTail::decode(bytes);
    if let Some(mut head) = FooterHead::decode(bytes) {
        let index = head.index_length().and_then(|length| bytes.get(footer::HEAD..)?.get(..length));
        head.index_crc = index.map_or(head.index_crc, crc32c::crc32c);
        _ = head.decode_index(index.unwrap_or(bytes));
    }
    if let Some(mut header) = BlockHeader::decode(bytes, 0) {
        let directory = bytes.get(header.directory_range());
        header.directory_crc = directory.map_or(header.directory_crc, crc32c::crc32c);
        chunks(&header, bytes);
    }
}

/// All frames of a block whose chunks are taken to have the right checksums.
fn chunks(header: &BlockHeader, block: &[u8]) {
    for mut chunk in content::directory(header, block).unwrap_or_default() {
        let Some(stored) = block.get(chunk.at.clone()) else { continue };
        chunk.crc = crc32c::crc32c(stored);
        if let Some(raw) = content::expand(&chunk, stored) {
            for frame in content::frames(&chunk, &raw).unwrap_or_default() {
                assert!(raw.get(frame.body).is_some());
            }
        }
    }
}

/// `bytes` with the checksum that belongs at the end of their first `size`.
fn mend(bytes: &[u8], size: usize, salt: u64) -> Option<Vec<u8>> {
    let (front, rest) = bytes.split_at_checked(size)?;
    let mut mended = close(front.get(..size - 4)?.to_vec(), size, salt);
    mended.extend_from_slice(rest);
    Some(mended)
}

/// The block that `bytes` begin with, without padding.
fn mend_block(bytes: Option<&[u8]>, salt: u64, prev_hash: Hash) -> Option<(BlockHeader, Vec<u8>)> {
    let mut bytes = mend(bytes?, block::HEADER, salt)?;
    let mut header = BlockHeader::decode(&bytes, salt)?;
    bytes.truncate(header.length());
    mend_directory(&header, &mut bytes)?;
    header.directory_crc = crc32c::crc32c(bytes.get(header.directory_range())?);
    header.payload_crc = crc32c::crc32c(bytes.get(block::HEADER..header.length())?);
    header.prev_hash = prev_hash;
    bytes.get_mut(..block::HEADER)?.copy_from_slice(&header.encode(salt));
    Some((header, bytes))
}

/// Puts the checksums of the chunks right, as far as there are such chunks.
fn mend_directory(header: &BlockHeader, bytes: &mut [u8]) -> Option<()> {
    let (front, directory) = bytes.split_at_mut_checked(header.directory_range().start)?;
    let mut at = block::HEADER;
    for entry in directory.chunks_exact_mut(block::ENTRY) {
        let (lengths, crc) = entry.split_last_chunk_mut::<4>()?;
        let stored = u32::from_le_bytes(*lengths.first_chunk()?) as usize;
        let Some(chunk) = front.get(at..at + stored) else { break };
        *crc = crc32c::crc32c(chunk).to_le_bytes();
        at += stored;
    }
    Some(())
}
