//! Doors for the fuzzer; not built otherwise.

use crate::defect::Planted;
use crate::format::block::BlockHeader;
use crate::format::footer::{FooterHead, FooterTail};
use crate::format::marker::Marker;
use crate::format::segment::SegmentHeader;
use crate::format::{SECTOR, frame};
use crate::segment::{Counters, Edge, scan};

/// Every parser of the format over arbitrary bytes: none may panic.
pub fn parsers(bytes: &[u8]) {
    let count = bytes.first().copied().unwrap_or(0);
    _ = frame::decode(bytes, u32::from(count));
    _ = Marker::decode(bytes);
    _ = SegmentHeader::decode(bytes);
    _ = FooterTail::decode(bytes);
    if let Some(head) = FooterHead::decode(bytes) {
        _ = head.decode_index(bytes);
    }
    if let Some(header) = BlockHeader::decode(bytes, 0) {
        _ = crate::content::directory(&header, bytes);
    }
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
