use std::io;

use super::Key;
use super::bloom::Bloom;
use crate::format::Take;
use crate::{Disk, DiskFile};

const MAGIC: [u8; 4] = *b"CRNI";
const VERSION: u16 = 1;
const HEADER: usize = 512;
const PAGE: usize = 16 * 1024;
const PAGE_HEADER: usize = 16;
const ENTRY: usize = 24;
const PER_PAGE: usize = (PAGE - PAGE_HEADER) / ENTRY;
const FENCE: usize = 16;

/// A file of sorted keys. Filter and fences are in memory, pages are read when asked for.
pub(super) struct Run {
    file: Box<dyn DiskFile>,
    pub(super) header: Header,
    /// The first key of each page.
    fences: Vec<Key>,
    bloom: Bloom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) tier: u8,
    pub(super) seed: u64,
    pub(super) count: u64,
    tables_crc: u32,
}

/// Why a run is of no use. It is derived, so it is made anew.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunFault {
    #[error("it does not match its checksums")]
    Damaged,
    #[error("{0}")]
    Io(#[from] io::Error),
}

pub(super) fn name(first: u64, last: u64) -> String {
    format!("{first:012}-{last:012}.run")
}

/// The segments that a run file says it covers.
pub(super) fn range(name: &str) -> Option<(u64, u64)> {
    let (first, last) = name.strip_suffix(".run")?.split_once('-')?;
    let number = |text: &str| (text.len() == 12).then(|| text.parse().ok()).flatten();
    Some((number(first)?, number(last)?))
}

impl Run {
    pub(super) fn open(disk: &dyn Disk, name: &str) -> Result<Self, RunFault> {
        let file = disk.open(name)?;
        let length = file.len()?;
        let mut bytes = [0; HEADER];
        if length < HEADER as u64 {
            return Err(RunFault::Damaged);
        }
        file.read_exact_at(&mut bytes, 0)?;
        let header = Header::decode(&bytes).ok_or(RunFault::Damaged)?;
        if Some((header.first, header.last)) != range(name) || header.length() != Some(length) {
            return Err(RunFault::Damaged);
        }
        let mut tables = vec![0; header.tables()];
        file.read_exact_at(&mut tables, header.tables_at())?;
        if crc32c::crc32c(&tables) != header.tables_crc {
            return Err(RunFault::Damaged);
        }
        let (fences, bloom) =
            tables.split_at_checked(header.pages() * FENCE).ok_or(RunFault::Damaged)?;
        let fences = fences.as_chunks::<FENCE>().0.iter().map(|key| Key::from_le_bytes(*key));
        Ok(Self { file, header, fences: fences.collect(), bloom: Bloom::decode(bloom) })
    }

    /// False means that the key is not here.
    pub(super) fn may_hold(&self, key: Key) -> bool {
        self.bloom.may_hold(key)
    }

    pub(super) fn get(&self, key: Key) -> Result<Vec<u64>, RunFault> {
        let mut found = Vec::new();
        let from = self.fences.partition_point(|fence| *fence < key).saturating_sub(1);
        for page in from..self.fences.len() {
            if self.fences.get(page).is_none_or(|fence| *fence > key) {
                break;
            }
            let entries = self.page(page)?;
            let start = entries.partition_point(|(other, _)| *other < key);
            let same = entries.iter().skip(start).take_while(|(other, _)| *other == key);
            found.extend(same.map(|(_, seq)| *seq));
        }
        Ok(found)
    }

    pub(super) fn pages(&self) -> usize {
        self.fences.len()
    }

    pub(super) fn page(&self, page: usize) -> Result<Vec<(Key, u64)>, RunFault> {
        let mut bytes = vec![0; PAGE];
        self.file.read_exact_at(&mut bytes, (HEADER + page * PAGE) as u64)?;
        decode_page(&bytes, page).ok_or(RunFault::Damaged)
    }
}

fn decode_page(bytes: &[u8], page: usize) -> Option<Vec<(Key, u64)>> {
    let mut take = Take(bytes);
    let crc = take.u32()?;
    if crc32c::crc32c(take.0) != crc {
        return None;
    }
    let count = take.u32()? as usize;
    if take.u64()? != page as u64 || count > PER_PAGE {
        return None;
    }
    (0..count).map(|_| Some((take.u128()?, take.u64()?))).collect()
}

impl Header {
    pub(super) fn new(first: u64, last: u64, tier: u8, seed: u64, count: u64) -> Self {
        Self { first, last, tier, seed, count, tables_crc: 0 }
    }

    fn pages(&self) -> usize {
        self.count.div_ceil(PER_PAGE as u64) as usize
    }

    fn tables_at(&self) -> u64 {
        (HEADER + self.pages() * PAGE) as u64
    }

    fn tables(&self) -> usize {
        self.pages() * FENCE + Bloom::size(self.count)
    }

    /// Bytes of the file; `None` for a count that no file could have.
    fn length(&self) -> Option<u64> {
        (self.count < 1 << 40).then(|| self.tables_at() + self.tables() as u64)
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend([self.tier, 0]);
        for value in [self.first, self.last, self.seed, self.count] {
            bytes.extend(value.to_le_bytes());
        }
        bytes.extend(self.tables_crc.to_le_bytes());
        bytes.resize(HEADER - 4, 0);
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8; HEADER]) -> Option<Self> {
        let (body, crc) = bytes.split_last_chunk::<4>()?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        let mut take = Take(body);
        if take.array::<4>()? != MAGIC || take.u16()? != VERSION {
            return None;
        }
        let tier = take.u8()?;
        take.u8()?;
        let (first, last, seed, count) = (take.u64()?, take.u64()?, take.u64()?, take.u64()?);
        Some(Self { first, last, tier, seed, count, tables_crc: take.u32()? })
    }
}

/// Writes a run from sorted entries, whose number is known beforehand.
pub(super) struct RunWriter<'a> {
    disk: &'a dyn Disk,
    file: Box<dyn DiskFile>,
    header: Header,
    page: Vec<u8>,
    /// Pages written.
    pages: usize,
    fences: Vec<u8>,
    bloom: Bloom,
}

impl<'a> RunWriter<'a> {
    pub(super) fn new(disk: &'a dyn Disk, header: Header) -> io::Result<Self> {
        let aside = aside(&header);
        match disk.remove(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let file = disk.create(&aside, header.length().ok_or(io::ErrorKind::InvalidInput)?)?;
        let bloom = Bloom::new(header.count);
        let page = Vec::with_capacity(PAGE);
        Ok(Self { disk, file, header, page, pages: 0, fences: Vec::new(), bloom })
    }

    pub(super) fn push(&mut self, key: Key, seq: u64) -> io::Result<()> {
        if self.page.len() == PER_PAGE * ENTRY {
            self.end_page()?;
        }
        if self.page.is_empty() {
            self.fences.extend(key.to_le_bytes());
        }
        self.page.extend(key.to_le_bytes());
        self.page.extend(seq.to_le_bytes());
        self.bloom.insert(key);
        Ok(())
    }

    /// Makes the run durable under its name and opens it.
    pub(super) fn finish(mut self) -> Result<Run, RunFault> {
        if !self.page.is_empty() {
            self.end_page()?;
        }
        let mut tables = std::mem::take(&mut self.fences);
        tables.extend(self.bloom.encode());
        self.header.tables_crc = crc32c::crc32c(&tables);
        self.file.write_all_at(&tables, self.header.tables_at())?;
        self.file.write_all_at(&self.header.encode(), 0)?;
        self.file.sync()?;
        let name = name(self.header.first, self.header.last);
        self.disk.rename(&aside(&self.header), &name)?;
        self.disk.sync_dir()?;
        Run::open(self.disk, &name)
    }

    fn end_page(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(PAGE);
        bytes.extend(((self.page.len() / ENTRY) as u32).to_le_bytes());
        bytes.extend((self.pages as u64).to_le_bytes());
        bytes.append(&mut self.page);
        bytes.resize(PAGE - 4, 0);
        let mut page = crc32c::crc32c(&bytes).to_le_bytes().to_vec();
        page.append(&mut bytes);
        self.file.write_all_at(&page, (HEADER + self.pages * PAGE) as u64)?;
        self.pages += 1;
        Ok(())
    }
}

fn aside(header: &Header) -> String {
    format!("{:012}-{:012}.tmp", header.first, header.last)
}
