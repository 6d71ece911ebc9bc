//! The bytes of a part file.

use bytes::{Buf, BufMut};

use crate::Fault;
use crate::place::Place;

/// Pages are read, checked and cached whole.
pub(crate) const PAGE: usize = 16 * 1024;
/// Rows of a page: time i64, seq u64.
pub(crate) const ROWS_PER_PAGE: usize = PAGE / ROW_BYTES;
pub(crate) const ROW_BYTES: usize = 16;
/// Keys of a page: key u64, first u32, count u32.
pub(crate) const KEYS_PER_PAGE: usize = PAGE / KEY_BYTES;
pub(crate) const KEY_BYTES: usize = 16;
/// Postings of a page: rank u32.
pub(crate) const POSTINGS_PER_PAGE: usize = PAGE / 4;

pub(crate) const HEADER_BYTES: usize = 128;
const MAGIC: &[u8; 8] = b"CAIRNIDX";
const VERSION: u32 = 1;
/// The partition of a part that spans several days.
const NO_PARTITION: i64 = i64::MIN;

/// What a page holds. The numbers are part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Rows = 1,
    Keys = 2,
    Postings = 3,
}

impl Kind {
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Self::Rows, Self::Keys, Self::Postings].into_iter().find(|kind| *kind as u8 == number)
    }
}

/// The first bytes of a part, written last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) id: u64,
    /// The day that all rows belong to, as days since the epoch; `None` as sealed.
    pub(crate) partition: Option<i64>,
    pub(crate) rows: u32,
    pub(crate) keys: u32,
    /// Postings in pages; the only posting of a key lies in its entry instead.
    pub(crate) postings: u32,
    pub(crate) pages: u32,
    pub(crate) cells: u32,
    pub(crate) newest: Place,
    pub(crate) oldest: Place,
    pub(crate) tail_bytes: u32,
    pub(crate) tail_crc: u32,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.put_slice(MAGIC);
        bytes.put_u32_le(VERSION);
        bytes.put_u32_le(PAGE as u32);
        bytes.put_u64_le(self.id);
        bytes.put_i64_le(self.partition.unwrap_or(NO_PARTITION));
        for count in [self.rows, self.keys, self.postings, self.pages, self.cells] {
            bytes.put_u32_le(count);
        }
        for place in [self.newest, self.oldest] {
            bytes.put_i64_le(place.time);
            bytes.put_u64_le(place.seq);
        }
        bytes.put_u32_le(self.tail_bytes);
        bytes.put_u32_le(self.tail_crc);
        bytes.resize(HEADER_BYTES - 4, 0);
        let crc = crc32c::crc32c(&bytes);
        bytes.put_u32_le(crc);
        bytes.try_into().expect("the header is as long as it was filled up to")
    }

    pub(crate) fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<Self, Fault> {
        let (body, mut crc) = bytes.split_at(HEADER_BYTES - 4);
        if crc32c::crc32c(body) != crc.get_u32_le() {
            return Err(Fault::Header);
        }
        let (magic, mut rest) = body.split_at(MAGIC.len());
        if magic != MAGIC || rest.get_u32_le() != VERSION || rest.get_u32_le() != PAGE as u32 {
            return Err(Fault::Format);
        }
        Ok(Self::fields(rest))
    }

    /// What bytes would mean as a header, whatever their checksum.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn forged(bytes: &[u8; HEADER_BYTES]) -> Self {
        Self::fields(&bytes[MAGIC.len() + 8..])
    }

    fn fields(mut rest: &[u8]) -> Self {
        let (id, partition) = (rest.get_u64_le(), rest.get_i64_le());
        let mut counts = [0; 5];
        counts.fill_with(|| rest.get_u32_le());
        let mut place = || Place { time: rest.get_i64_le(), seq: rest.get_u64_le() };
        let (newest, oldest) = (place(), place());
        let [rows, keys, postings, pages, cells] = counts;
        Self {
            id,
            partition: (partition != NO_PARTITION).then_some(partition),
            rows,
            keys,
            postings,
            pages,
            cells,
            newest,
            oldest,
            tail_bytes: rest.get_u32_le(),
            tail_crc: rest.get_u32_le(),
        }
    }

    /// Where the tail starts: behind the header's page and all others.
    pub(crate) fn tail_offset(&self) -> u64 {
        page_offset(self.pages)
    }
}

/// Where page `number` starts; the header's page comes before page 0.
pub(crate) fn page_offset(number: u32) -> u64 {
    (u64::from(number) + 1) * PAGE as u64
}

/// A key, and where its rows are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeyEntry {
    pub(crate) key: u64,
    /// Where the list starts among all postings; of a key with one row, that row's rank.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl KeyEntry {
    pub(crate) fn write(self, to: &mut Vec<u8>) {
        to.put_u64_le(self.key);
        to.put_u32_le(self.first);
        to.put_u32_le(self.count);
    }

    /// The entry at `index` of a page of keys.
    pub(crate) fn at(page: &[u8], index: usize) -> Self {
        let mut bytes = &page[index * KEY_BYTES..][..KEY_BYTES];
        let (key, first) = (bytes.get_u64_le(), bytes.get_u32_le());
        Self { key, first, count: bytes.get_u32_le() }
    }
}

/// The row at `index` of a page of rows.
pub(crate) fn row_at(page: &[u8], index: usize) -> Place {
    let mut bytes = &page[index * ROW_BYTES..][..ROW_BYTES];
    let time = bytes.get_i64_le();
    Place { time, seq: bytes.get_u64_le() }
}

/// The rank at `index` of a page of postings.
pub(crate) fn rank_at(page: &[u8], index: usize) -> u32 {
    let mut bytes = &page[index * 4..][..4];
    bytes.get_u32_le()
}
