use std::io;

use super::{Counters, Edge};
use crate::format::SECTOR;
use crate::format::footer::{self, BlockEntry, FooterHead, FooterTail};
use crate::format::segment::SegmentHeader;
use crate::{Cut, Damage, DiskFile, Fault, ReadError};

/// A segment that never changes again. The index stays on disk until it is needed.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) header: SegmentHeader,
    pub(crate) head: FooterHead,
    pub(crate) footer_offset: u64,
}

/// Reads the header of a segment file and checks that it is the one its name says.
pub(crate) fn read_header(file: &dyn DiskFile, segment: u64) -> Result<SegmentHeader, ReadError> {
    let damage = Damage { segment, offset: 0, what: Fault::Header };
    let mut bytes = [0; SECTOR];
    match file.read_exact_at(&mut bytes, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(damage.into()),
        other => other?,
    }
    let header = SegmentHeader::decode(&bytes).filter(|header| header.segment == segment);
    header.ok_or(damage.into())
}

/// Reads the footer by its own checksums; `None` where the file does not end with one.
pub(crate) fn load(
    file: &dyn DiskFile,
    header: SegmentHeader,
) -> Result<Option<Sealed>, ReadError> {
    let length = file.len()?;
    let Some(tail_at) = length.checked_sub(footer::TAIL as u64) else { return Ok(None) };
    let mut bytes = [0; footer::TAIL];
    file.read_exact_at(&mut bytes, tail_at)?;
    let Some(tail) = FooterTail::decode(&bytes) else { return Ok(None) };
    let damage = Damage { segment: header.segment, offset: tail.offset, what: Fault::Footer };
    if tail.offset > tail_at.saturating_sub(footer::HEAD as u64) {
        return Err(damage.into());
    }
    let mut bytes = [0; footer::HEAD];
    file.read_exact_at(&mut bytes, tail.offset)?;
    let head = FooterHead::decode(&bytes).ok_or_else(|| damage.clone())?;
    let sealed = Sealed { header, head, footer_offset: tail.offset };
    let here = sealed.index_at().checked_add(head.index_length().unwrap_or(usize::MAX) as u64);
    let same = (head.segment, head.epoch, head.first_seq, head.first_block)
        == (header.segment, header.epoch, header.first_seq, header.first_block);
    if !same || here != Some(tail_at) {
        return Err(damage.into());
    }
    Ok(Some(sealed))
}

/// The same with its index; `None` also where the footer is there in parts only.
pub(crate) fn load_whole(
    file: &dyn DiskFile,
    header: SegmentHeader,
) -> Result<Option<(Sealed, Counters)>, ReadError> {
    let read = || {
        let Some(sealed) = load(file, header)? else { return Ok(None) };
        let (_, counters) = sealed.read_index(file)?;
        Ok(Some((sealed, counters)))
    };
    match read() {
        Err(ReadError::Damaged(_)) => Ok(None),
        other => other,
    }
}

impl Sealed {
    /// Reads where the blocks are, and the counters at the end of the segment.
    pub(crate) fn read_index(
        &self,
        file: &dyn DiskFile,
    ) -> Result<(Vec<BlockEntry>, Counters), ReadError> {
        let damage =
            Damage { segment: self.head.segment, offset: self.footer_offset, what: Fault::Footer };
        let length = self.head.index_length().ok_or_else(|| damage.clone())?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, self.index_at())?;
        let (blocks, accounts) = self.head.decode_index(&bytes).ok_or(damage)?;
        Ok((blocks, accounts.into_iter().collect()))
    }

    /// What the next segment follows.
    pub(crate) fn edge(&self) -> Edge {
        Edge {
            segment: self.head.segment,
            epoch: self.head.epoch,
            seq: self.head.last_seq,
            block: (self.head.first_block + self.head.blocks).saturating_sub(1),
            hash: self.head.last_hash,
            ingest_ms: self.head.last_ingest_ms,
        }
    }

    /// The torn tail that was cut from this segment.
    pub(crate) fn cut(&self) -> Option<Cut> {
        let FooterHead { segment, cut_offset: offset, cut_bytes: bytes, .. } = self.head;
        (bytes > 0).then_some(Cut { segment, offset, bytes })
    }

    fn index_at(&self) -> u64 {
        self.footer_offset + footer::HEAD as u64
    }
}
