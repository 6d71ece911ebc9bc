use std::io;
use std::sync::Arc;

use aws_lc_rs::digest;

use super::{Counters, Edge, name, new_name};
use crate::defect::{Defect, Planted};
use crate::format::footer::{self, BlockEntry, FooterHead, FooterTail};
use crate::format::segment::SegmentHeader;
use crate::format::{SECTOR, finish, padded};
use crate::segment::Sealed;
use crate::{Cut, Disk, DiskFile};

/// The segment that is appended to. Owned by the writer.
pub(crate) struct Active {
    header: SegmentHeader,
    file: Arc<dyn DiskFile>,
    size: u64,
    /// Where the next block goes.
    end: u64,
    /// Over everything before `end`.
    hash: digest::Context,
    entries: Vec<BlockEntry>,
}

/// Makes a segment out of a file of zeros and gives it its name: only then is it part of the
/// journal, so that a segment file always has a whole header.
pub(crate) fn create(
    disk: &dyn Disk,
    file: Box<dyn DiskFile>,
    header: SegmentHeader,
    planted: Planted,
) -> io::Result<Active> {
    let active = Active::begin(file, header)?;
    active.file.sync()?;
    disk.rename(&new_name(header.segment), &name(header.segment))?;
    if !planted.has(Defect::NoDirectoryFsync) {
        disk.sync_dir()?;
    }
    Ok(active)
}

impl Active {
    /// Writes the header into a file of zeros. Not durable yet.
    pub(crate) fn begin(file: Box<dyn DiskFile>, header: SegmentHeader) -> io::Result<Self> {
        let bytes = header.encode();
        file.write_all_at(&bytes, 0)?;
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&bytes);
        let (size, end) = (file.len()?, SECTOR as u64);
        Ok(Self { header, file: file.into(), size, end, hash, entries: Vec::new() })
    }

    pub(crate) fn header(&self) -> &SegmentHeader {
        &self.header
    }

    pub(crate) fn file(&self) -> &Arc<dyn DiskFile> {
        &self.file
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Where the next block goes.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The size that a segment needs to hold a first block of `length` bytes.
    pub(crate) fn size_for(length: usize, accounts: usize) -> u64 {
        (SECTOR + padded(length) + footer::length(1, accounts)) as u64
    }

    /// Whether a block fits and still leaves room for the footer: sealing never needs new space.
    pub(crate) fn fits(&self, length: usize, accounts: usize) -> bool {
        let footer = footer::length(self.entries.len() + 1, accounts);
        self.end + (padded(length) + footer) as u64 <= self.size
    }

    /// Writes a block, padded to whole sectors. Not durable yet, and not counted as part of the
    /// segment before [`Active::advance`].
    pub(crate) fn write(&self, block: &[u8]) -> io::Result<()> {
        self.file.write_all_at(block, self.end)
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    /// Counts what was written.
    pub(crate) fn advance(&mut self, block: &[u8], entry: BlockEntry) {
        self.hash.update(block);
        self.end += block.len() as u64;
        self.entries.push(entry);
    }

    pub(crate) fn entries(&self) -> &[BlockEntry] {
        &self.entries
    }

    /// Skips bytes that are not part of a block: what appending after a tear would do.
    pub(crate) fn skip_to(&mut self, offset: u64) {
        self.end = self.end.max(offset.next_multiple_of(SECTOR as u64));
    }

    /// Writes the footer, gives unused space back, and makes all of it durable and read-only.
    pub(crate) fn seal(
        mut self,
        edge: &Edge,
        counters: &Counters,
        cut: Option<Cut>,
    ) -> io::Result<Sealed> {
        let mut accounts: Vec<_> =
            counters.iter().map(|(account, last)| (*account, *last)).collect();
        accounts.sort_unstable();
        let head = FooterHead {
            segment: self.header.segment,
            epoch: self.header.epoch,
            first_seq: self.header.first_seq,
            last_seq: edge.seq,
            first_block: self.header.first_block,
            last_ingest_ms: edge.ingest_ms,
            last_hash: edge.hash,
            cut_offset: cut.map_or(0, |cut| cut.offset),
            cut_bytes: cut.map_or(0, |cut| cut.bytes),
            blocks: 0,
            accounts: 0,
            index_crc: 0,
        };
        let mut bytes = footer::encode(head, &self.entries, &accounts);
        self.hash.update(&bytes);
        let tail = FooterTail { offset: self.end, hash: finish(self.hash) };
        bytes.extend(tail.encode());
        self.file.write_all_at(&bytes, self.end)?;
        self.file.set_len(self.end + bytes.len() as u64)?;
        self.file.sync()?;
        if let Err(error) = self.file.set_read_only() {
            // The mode is a guard against accidents, not part of what makes the file valid.
            tracing::warn!(segment = self.header.segment, %error, "sealed file stays writable");
        }
        let head = FooterHead::decode(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Sealed { header: self.header, head, footer_offset: self.end })
    }
}
