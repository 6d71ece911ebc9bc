use super::{Counters, Edge};
use crate::defect::{Defect, Planted};
use crate::format::block::{BlockHeader, HEADER};
use crate::format::footer::{BlockEntry, FooterHead};
use crate::format::segment::SegmentHeader;
use crate::format::{SECTOR, padded, sha256};
use crate::{Cut, Damage, Fault, content};

/// What a segment without a footer holds.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) entries: Vec<BlockEntry>,
    pub(crate) edge: Edge,
    /// Where the valid blocks end, in whole sectors.
    pub(crate) end: usize,
    /// Bytes behind that which are neither zeros nor an unfinished footer.
    pub(crate) torn: Option<Cut>,
}

/// Reads the blocks of an unsealed segment up to its clean or torn end, following `edge` and
/// bringing `counters` forward.
///
/// Only a block that was never acknowledged can be torn, and it is the last: where anything valid
/// follows, the damage is of another kind and the answer is an error.
pub(crate) fn scan(
    bytes: &[u8],
    header: &SegmentHeader,
    edge: Edge,
    counters: &mut Counters,
    planted: Planted,
) -> Result<Scan, Damage> {
    let edge = Edge { segment: header.segment, epoch: header.epoch, ..edge };
    let mut scan = Scan { entries: Vec::new(), edge, end: SECTOR, torn: None };
    while let Some(found) = block_at(bytes, &scan, header, planted)? {
        let block = bytes.get(scan.end..scan.end + found.length()).unwrap_or_default();
        let damage = |what| Damage { segment: header.segment, offset: scan.end as u64, what };
        count(&found, block, counters).ok_or_else(|| damage(Fault::Content))?;
        scan.entries.push(BlockEntry {
            first_seq: found.first_seq,
            offset: scan.end as u64,
            length: found.length() as u32,
            count: found.count,
        });
        scan.edge.seq = found.last_seq();
        scan.edge.block = found.block;
        scan.edge.ingest_ms = found.ingest_ms;
        scan.edge.hash = sha256(&[block]);
        scan.end += padded(found.length());
    }
    scan.torn = torn(bytes, &scan, header);
    Ok(scan)
}

/// The block at the end of the scan so far; `None` where the segment ends there.
fn block_at(
    bytes: &[u8],
    scan: &Scan,
    header: &SegmentHeader,
    planted: Planted,
) -> Result<Option<BlockHeader>, Damage> {
    let rest = bytes.get(scan.end..).unwrap_or_default();
    let damage = |what| Damage { segment: header.segment, offset: scan.end as u64, what };
    if let Some(found) = BlockHeader::decode(rest, header.salt) {
        let place = (found.segment, found.epoch, found.block, found.first_seq);
        let edge = &scan.edge;
        if place != (header.segment, header.epoch, edge.block + 1, edge.seq + 1) {
            return Err(damage(Fault::Misplaced));
        }
        if found.prev_hash != edge.hash && !planted.has(Defect::SkipPrevHash) {
            return Err(damage(Fault::Chain));
        }
        if payload_is_whole(&found, rest, planted) {
            return Ok(Some(found));
        }
    }
    let follows = (SECTOR..rest.len()).step_by(SECTOR).any(|offset| {
        let found = BlockHeader::decode(rest.get(offset..).unwrap_or_default(), header.salt);
        found.is_some_and(|found| found.segment == header.segment && found.block > scan.edge.block)
    });
    if follows && !planted.has(Defect::TruncateOnMidLogDamage) {
        return Err(damage(Fault::MidLog));
    }
    if was_whole(rest, scan, header) && !follows {
        return Err(damage(Fault::Checksum));
    }
    Ok(None)
}

/// Whether what is no valid block was one once, and was perhaps acknowledged: then it must not be
/// cut.
///
/// The file was zeros, so a block that was never finished shows zeros where it was not written:
/// whole sectors after a power cut, all behind some byte after a write that was broken off.
fn was_whole(rest: &[u8], scan: &Scan, header: &SegmentHeader) -> bool {
    let zeros = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    let Some(found) = BlockHeader::decode(rest, header.salt) else {
        let (first, payload) = (rest.get(..SECTOR), rest.get(HEADER..));
        let begun = zeros(first.unwrap_or(rest)) || zeros(payload.unwrap_or_default());
        return !begun && !is_footer(rest, scan, header);
    };
    let block = rest.get(..found.length()).unwrap_or(rest);
    let broken_off = block.last() == Some(&0) && content::directory(&found, block).is_none();
    !broken_off && !block.chunks(SECTOR).any(zeros)
}

fn payload_is_whole(header: &BlockHeader, rest: &[u8], planted: Planted) -> bool {
    let Some(payload) = rest.get(HEADER..header.length()) else { return false };
    planted.has(Defect::NoCrc) || payload_crc(payload, planted) == header.payload_crc
}

/// The checksum of a block's payload.
pub(crate) fn payload_crc(payload: &[u8], planted: Planted) -> u32 {
    let missed = if planted.has(Defect::CrcWithoutLength) { 256 } else { 0 };
    let covered = payload.len().saturating_sub(missed);
    crc32c::crc32c(payload.get(..covered).unwrap_or_default())
}

/// Decodes all records and brings the counters forward; `None` where something does not fit.
fn count(header: &BlockHeader, block: &[u8], counters: &mut Counters) -> Option<()> {
    for chunk in content::directory(header, block)? {
        let raw = content::expand(&chunk, block.get(chunk.at.clone())?)?;
        for frame in content::frames(&chunk, &raw)? {
            let last = counters.entry(frame.account).or_default();
            if frame.acct_seq != last.checked_add(1)? {
                return None;
            }
            *last = frame.acct_seq;
        }
    }
    Some(())
}

fn torn(bytes: &[u8], scan: &Scan, header: &SegmentHeader) -> Option<Cut> {
    let rest = bytes.get(scan.end..).unwrap_or_default();
    let last = rest.iter().rposition(|byte| *byte != 0)?;
    // A crash while sealing leaves a footer without its file having been cut to size: no record
    // was lost, so there is nothing to report.
    (!is_footer(rest, scan, header)).then_some(Cut {
        segment: header.segment,
        offset: scan.end as u64,
        bytes: last as u64 + 1,
    })
}

/// Whether these bytes begin with the head of the footer that this segment would get.
fn is_footer(rest: &[u8], scan: &Scan, header: &SegmentHeader) -> bool {
    FooterHead::decode(rest).is_some_and(|head| {
        (head.segment, head.last_seq, head.last_hash)
            == (header.segment, scan.edge.seq, scan.edge.hash)
    })
}
