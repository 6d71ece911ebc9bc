use std::io;

use super::scan::{Scan, scan};
use super::{Active, Counters, Edge, Sealed, name};
use crate::defect::{Defect, Planted};
use crate::format::footer;
use crate::format::segment::SegmentHeader;
use crate::{Cut, Damage, Disk, DiskFile, Fault, ReadError};

/// What became of a segment that its process left without a footer.
pub(crate) struct Recovered {
    pub(crate) edge: Edge,
    pub(crate) cut: Option<Cut>,
    pub(crate) segment: Left,
}

/// The three ways it can end.
pub(crate) enum Left {
    /// Nothing was ever written to it: its number is free for the next segment.
    Empty,
    Sealed(Sealed),
    /// Only with a planted defect: appended to although it was torn.
    Active(Active),
}

/// What a segment stands between.
#[derive(Clone, Copy)]
pub(crate) struct Between {
    pub(crate) before: Edge,
    /// The header of the next segment, if there is one.
    pub(crate) after: Option<SegmentHeader>,
}

/// Scans an unsealed segment and puts a sealed copy of its valid blocks into its place.
///
/// A copy, because the page cache may show bytes that a failed sync never brought to the disk:
/// what was read is written and synced again before anyone relies on it.
pub(crate) fn recover(
    disk: &dyn Disk,
    header: SegmentHeader,
    between: Between,
    counters: &mut Counters,
    planted: Planted,
) -> Result<Recovered, ReadError> {
    let bytes = read_all(&*disk.open(&name(header.segment))?)?;
    let mut scan = scan(&bytes, &header, between.before, counters, planted)?;
    if let Some(next) = between.after {
        let end = (scan.edge.seq + 1, scan.edge.block + 1, scan.edge.hash);
        if end != (next.first_seq, next.first_block, next.prev_hash) {
            let offset = scan.end as u64;
            return Err(Damage { segment: header.segment, offset, what: Fault::Checksum }.into());
        }
        // What is behind the last block is what became of a footer.
        scan.torn = None;
    }
    if scan.entries.is_empty() && scan.torn.is_none() {
        return Ok(Recovered { edge: between.before, cut: None, segment: Left::Empty });
    }
    let active = copy(disk, &bytes, header, &scan, counters, planted)?;
    let (edge, cut) = (scan.edge, scan.torn);
    let segment = match cut {
        Some(_) if planted.has(Defect::AppendAfterTear) => Left::Active(active),
        _ => Left::Sealed(active.seal(&edge, counters, cut)?),
    };
    let aside = aside(header.segment);
    disk.rename(&aside, &name(header.segment))?;
    disk.sync_dir()?;
    Ok(Recovered { edge, cut, segment })
}

fn copy(
    disk: &dyn Disk,
    bytes: &[u8],
    header: SegmentHeader,
    scan: &Scan,
    counters: &Counters,
    planted: Planted,
) -> io::Result<Active> {
    let torn = planted.has(Defect::AppendAfterTear) && scan.torn.is_some();
    let size = if torn {
        bytes.len()
    } else {
        scan.end + footer::length(scan.entries.len(), counters.len())
    };
    let file = disk.create(&aside(header.segment), size as u64)?;
    if torn {
        file.write_all_at(bytes, 0)?;
    }
    let mut active = Active::begin(file, header)?;
    let ends = scan.entries.iter().skip(1).map(|entry| entry.offset as usize).chain([scan.end]);
    for (entry, end) in scan.entries.iter().zip(ends) {
        let block = bytes.get(entry.offset as usize..end).unwrap_or_default();
        active.write(block)?;
        active.advance(block, *entry);
    }
    if let Some(cut) = scan.torn.filter(|_| torn) {
        active.skip_to(cut.offset + cut.bytes);
        active.sync()?;
    }
    Ok(active)
}

/// The name of the copy while it is made.
fn aside(segment: u64) -> String {
    format!("{segment:012}.tmp")
}

fn read_all(file: &dyn DiskFile) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; file.len()? as usize];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}
