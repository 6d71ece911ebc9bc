use std::io;

use crate::defect::Planted;
use crate::format::footer::{BlockEntry, FooterTail, TAIL};
use crate::format::sha256;
use crate::segment::{Counters, Edge, Sealed, name, scan};
use crate::{Damage, Disk, Fault, ReadError};

/// What a scrub found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScrubReport {
    /// Sealed segments read.
    pub segments: u64,
    pub blocks: u64,
    pub records: u64,
    /// At most one for each segment: what lies behind it was not looked at.
    pub damages: Vec<Damage>,
}

/// Reads the sealed segments whole and checks every checksum, hash and number of them.
pub(crate) fn scrub(disk: &dyn Disk, segments: &[Sealed]) -> io::Result<ScrubReport> {
    let mut report = ScrubReport::default();
    let (mut edge, mut counters) = (Edge::default(), Some(Counters::default()));
    for sealed in segments {
        report.segments += 1;
        match check(disk, sealed, edge, counters.take()) {
            Ok(blocks) => {
                report.blocks += blocks;
                report.records += sealed.head.last_seq + 1 - sealed.head.first_seq;
            }
            Err(ReadError::Damaged(damage)) => report.damages.push(damage),
            Err(ReadError::Io(error)) => return Err(error),
            Err(ReadError::NotFound(_)) => {}
        }
        edge = sealed.edge();
        // The chain and the numbers go on from what the footer says, so that one damage does not
        // make all that follow look damaged.
        if let Ok(file) = disk.open(&name(sealed.head.segment)) {
            counters = sealed.read_index(&*file).ok().map(|(_, known)| known);
        }
    }
    Ok(report)
}

/// Checks one segment; its blocks only where the counters before them are known.
fn check(
    disk: &dyn Disk,
    sealed: &Sealed,
    edge: Edge,
    counters: Option<Counters>,
) -> Result<u64, ReadError> {
    let segment = sealed.head.segment;
    let damage = |offset, what| Damage { segment, offset, what };
    let file = match disk.open(&name(segment)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(damage(0, Fault::Missing).into());
        }
        other => other?,
    };
    let mut bytes = vec![0; file.len()? as usize];
    file.read_exact_at(&mut bytes, 0)?;
    if let Some(counters) = counters {
        let found = check_blocks(&bytes, sealed, edge, counters)?;
        if sealed.read_index(&*file)? != found {
            return Err(damage(sealed.footer_offset, Fault::Footer).into());
        }
    }
    let tail_at = bytes.len().saturating_sub(TAIL);
    let (body, tail) = bytes.split_at_checked(tail_at).unwrap_or_default();
    let whole = FooterTail::decode(tail).is_some_and(|tail| tail.hash == sha256(&[body]));
    if !whole {
        return Err(damage(0, Fault::FileHash).into());
    }
    Ok(sealed.head.blocks)
}

/// What the index has to say, from the blocks.
fn check_blocks(
    bytes: &[u8],
    sealed: &Sealed,
    edge: Edge,
    mut counters: Counters,
) -> Result<(Vec<BlockEntry>, Counters), Damage> {
    let damage = |offset, what| Damage { segment: sealed.head.segment, offset, what };
    let blocks = bytes.get(..sealed.footer_offset as usize).unwrap_or_default();
    let found = scan(blocks, &sealed.header, edge, &mut counters, Planted::default())?;
    if let Some(cut) = found.torn {
        return Err(damage(cut.offset, Fault::Checksum));
    }
    if sealed.edge() != found.edge {
        return Err(damage(sealed.footer_offset, Fault::Footer));
    }
    Ok((found.entries, counters))
}
