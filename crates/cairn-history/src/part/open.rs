//! An open part: what of it is kept in memory, and how its pages are read.

use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use cairn_core::AccountId;
use cairn_journal::{Disk, DiskFile};

use super::file_name;
use super::filter::{self, FILTER_BYTES};
use super::format::{
    HEADER_BYTES, Header, KEYS_PER_PAGE, KeyEntry, Kind, PAGE, ROWS_PER_PAGE, page_offset, row_at,
};
use super::postings::List;
use crate::cache::{Cache, PageId};
use crate::catalogue::Catalogue;
use crate::key::{Cell, category_from};
use crate::lookup::Plan;
use crate::newest::Newest;
use crate::place::{Place, Window};
use crate::postings::Matches;
use crate::{Damage, Fault, HistoryError};

/// A part that a manifest lists. Of its file only the header and the tail are read when it is
/// opened: about 1.4 bytes for each key stay in memory. No file stays open.
pub(crate) struct Part {
    pub(crate) header: Header,
    disk: Arc<dyn Disk>,
    cache: Arc<Cache>,
    tail: Tail,
}

struct Tail {
    /// Of each page in the order of the file.
    checksums: Vec<u32>,
    /// The pages of each kind, in order.
    rows: Vec<u32>,
    keys: Vec<u32>,
    postings: Vec<u32>,
    /// The first entry of each page of that kind.
    row_fences: Vec<Place>,
    key_fences: Vec<u64>,
    /// One for each page of keys.
    filters: Bytes,
    catalogue: Catalogue,
}

impl Part {
    /// Opens part `id` if it is the one whose tail has the checksum `tail_crc`.
    pub(crate) fn open(
        disk: &Arc<dyn Disk>,
        cache: &Arc<Cache>,
        id: u64,
        tail_crc: u32,
    ) -> Result<Self, HistoryError> {
        let damaged = |what| Damage { file: file_name(id), page: None, what };
        let missing = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof => {
                HistoryError::from(damaged(Fault::Missing))
            }
            _ => HistoryError::from(error),
        };
        let file = disk.open(&file_name(id)).map_err(missing)?;
        let mut header = [0; HEADER_BYTES];
        file.read_exact_at(&mut header, 0).map_err(missing)?;
        let header = Header::decode(&header).map_err(damaged)?;
        if header.id != id || header.tail_crc != tail_crc {
            return Err(damaged(Fault::Header).into());
        }
        // Before room is made for it: a length is believed only as far as the file goes.
        if file.len()? < header.tail_offset() + u64::from(header.tail_bytes) {
            return Err(damaged(Fault::Missing).into());
        }
        let mut bytes = vec![0; header.tail_bytes as usize];
        file.read_exact_at(&mut bytes, header.tail_offset()).map_err(missing)?;
        if crc32c::crc32c(&bytes) != header.tail_crc {
            return Err(damaged(Fault::Tail).into());
        }
        let tail = Tail::decode(bytes.into(), &header).ok_or_else(|| damaged(Fault::Tail))?;
        Ok(Self { header, disk: disk.clone(), cache: cache.clone(), tail })
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.tail.catalogue
    }

    /// Offers the rows that match, newest first, until no older row could be kept.
    pub(crate) fn search(
        &self,
        plan: &Plan,
        window: &Window,
        newest: &mut Newest,
    ) -> Result<(), HistoryError> {
        let Header { newest: own_newest, oldest, .. } = self.header;
        let best = own_newest.min(window.before);
        if own_newest.time < window.since || oldest >= window.before || !newest.admits(best) {
            return Ok(());
        }
        let groups = plan.groups(self.catalogue(), |key| self.list(key))?;
        let Some(mut matches) = Matches::new(groups) else {
            return Ok(());
        };
        let mut from = self.rank_before(window.before)?;
        let mut page = PageOfRows::default();
        while let Some(rank) = matches.seek(from)? {
            let place = page.row(self, rank)?;
            if place.time < window.since || !newest.admits(place) {
                break;
            }
            newest.offer(place);
            from = rank + 1;
        }
        Ok(())
    }

    /// The list of a key's rows; `None` if it has none here.
    fn list(&self, key: u64) -> Result<Option<List<'_>>, HistoryError> {
        let Some(at) = self.tail.key_fences.partition_point(|first| *first <= key).checked_sub(1)
        else {
            return Ok(None);
        };
        if !filter::may_hold(&self.tail.filters[at * FILTER_BYTES..][..FILTER_BYTES], key) {
            return Ok(None);
        }
        let page = self.page(Kind::Keys, at)?;
        let count = (self.header.keys as usize - at * KEYS_PER_PAGE).min(KEYS_PER_PAGE);
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if KeyEntry::at(&page, middle).key < key { low = middle + 1 } else { high = middle }
        }
        let entry = (low < count).then(|| KeyEntry::at(&page, low));
        Ok(entry.filter(|entry| entry.key == key).map(|entry| List::new(self, entry)))
    }

    /// The rank of the newest row older than `before`.
    fn rank_before(&self, before: Place) -> Result<u32, HistoryError> {
        let later = self.tail.row_fences.partition_point(|first| *first >= before);
        let Some(at) = later.checked_sub(1) else {
            return Ok(0);
        };
        let page = self.page(Kind::Rows, at)?;
        let first = at * ROWS_PER_PAGE;
        let (mut low, mut high) = (0, (self.header.rows as usize - first).min(ROWS_PER_PAGE));
        while low < high {
            let middle = usize::midpoint(low, high);
            if row_at(&page, middle) >= before { low = middle + 1 } else { high = middle }
        }
        Ok((first + low) as u32)
    }

    /// The `at`-th page of a kind, checked.
    pub(crate) fn page(&self, kind: Kind, at: usize) -> Result<Bytes, HistoryError> {
        let number = self.number(kind, at)?;
        let id = PageId { part: self.header.id, page: number };
        if let Some(page) = self.cache.get(id) {
            return Ok(page);
        }
        let file = self.file()?;
        let mut bytes = vec![0; PAGE];
        self.read(&*file, number, &mut bytes)?;
        let page = Bytes::from(bytes);
        self.cache.put(id, page.clone());
        Ok(page)
    }

    /// Reads the `at`-th page of a kind around the cache, for those who read everything once.
    pub(crate) fn read_through(
        &self,
        file: &dyn DiskFile,
        kind: Kind,
        at: usize,
        to: &mut [u8],
    ) -> Result<(), HistoryError> {
        self.read(file, self.number(kind, at)?, to)
    }

    pub(crate) fn file(&self) -> Result<Box<dyn DiskFile>, HistoryError> {
        let missing = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => self.damage(None, Fault::Missing),
            _ => error.into(),
        };
        self.disk.open(&file_name(self.header.id)).map_err(missing)
    }

    pub(crate) fn damage(&self, page: Option<u32>, what: Fault) -> HistoryError {
        Damage { file: file_name(self.header.id), page, what }.into()
    }

    fn number(&self, kind: Kind, at: usize) -> Result<u32, HistoryError> {
        let pages = match kind {
            Kind::Rows => &self.tail.rows,
            Kind::Keys => &self.tail.keys,
            Kind::Postings => &self.tail.postings,
        };
        pages.get(at).copied().ok_or_else(|| self.damage(None, Fault::Bounds))
    }

    fn read(&self, file: &dyn DiskFile, number: u32, to: &mut [u8]) -> Result<(), HistoryError> {
        let in_file = Some(number + 1);
        file.read_exact_at(to, page_offset(number)).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damage(in_file, Fault::Missing),
            _ => error.into(),
        })?;
        if crc32c::crc32c(to) != self.tail.checksums[number as usize] {
            return Err(self.damage(in_file, Fault::Checksum));
        }
        Ok(())
    }
}

impl Tail {
    /// `None` where the tail contradicts the header.
    fn decode(tail: Bytes, header: &Header) -> Option<Self> {
        let mut rest = tail;
        let pages = header.pages as usize;
        let kinds = take(&mut rest, pages)?;
        let of_kind = |kind: Kind| {
            let is = |page: &u32| Kind::from_number(kinds[*page as usize]) == Some(kind);
            (0..header.pages).filter(is).collect::<Vec<u32>>()
        };
        let (rows, keys, postings) =
            (of_kind(Kind::Rows), of_kind(Kind::Keys), of_kind(Kind::Postings));
        let mut checksums = take(&mut rest, pages * 4)?;
        let checksums = (0..pages).map(|_| checksums.get_u32_le()).collect();
        let mut fences = take(&mut rest, rows.len() * 16)?;
        let mut fence = || Place { time: fences.get_i64_le(), seq: fences.get_u64_le() };
        let row_fences = (0..rows.len()).map(|_| fence()).collect();
        let mut fences = take(&mut rest, keys.len() * 8)?;
        let key_fences = (0..keys.len()).map(|_| fences.get_u64_le()).collect();
        let filters = take(&mut rest, keys.len() * FILTER_BYTES)?;
        let mut catalogue = Catalogue::default();
        for _ in 0..header.cells {
            let (cell, rows) = decode_cell(&mut rest)?;
            catalogue.add(cell, rows);
        }
        let whole = rest.is_empty()
            && rows.len() == (header.rows as usize).div_ceil(ROWS_PER_PAGE)
            && keys.len() == (header.keys as usize).div_ceil(KEYS_PER_PAGE)
            && rows.len() + keys.len() + postings.len() == pages;
        whole.then_some(Self {
            checksums,
            rows,
            keys,
            postings,
            row_fences,
            key_fences,
            filters,
            catalogue,
        })
    }
}

fn decode_cell(bytes: &mut Bytes) -> Option<(Cell, u32)> {
    let mut fixed = take(bytes, 14)?;
    let account = AccountId::new(fixed.get_u64_le())?;
    let rows = fixed.get_u32_le();
    let category = category_from(fixed.get_u8())?;
    let region = take(bytes, usize::from(fixed.get_u8()))?;
    let region = match std::str::from_utf8(&region).ok()? {
        "" => None,
        text => Some(text.parse().ok()?),
    };
    Some((Cell::new(account, region, category), rows))
}

fn take(bytes: &mut Bytes, count: usize) -> Option<Bytes> {
    (bytes.len() >= count).then(|| bytes.split_to(count))
}

/// The page of rows that was looked at last: the rows of a common value lie close together.
#[derive(Default)]
struct PageOfRows {
    held: Option<(usize, Bytes)>,
}

impl PageOfRows {
    fn row(&mut self, part: &Part, rank: u32) -> Result<Place, HistoryError> {
        let (at, index) = (rank as usize / ROWS_PER_PAGE, rank as usize % ROWS_PER_PAGE);
        if rank >= part.header.rows {
            return Err(part.damage(None, Fault::Bounds));
        }
        let page = match self.held.take() {
            Some((held, page)) if held == at => page,
            _ => part.page(Kind::Rows, at)?,
        };
        let place = row_at(&page, index);
        self.held = Some((at, page));
        Ok(place)
    }
}
