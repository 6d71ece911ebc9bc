//! Reading a part from its first row and key to its last, once.

use cairn_journal::DiskFile;

use super::format::{
    KEYS_PER_PAGE, KeyEntry, Kind, PAGE, POSTINGS_PER_PAGE, ROWS_PER_PAGE, rank_at, row_at,
};
use super::open::Part;
use crate::place::Place;
use crate::{Fault, HistoryError};

/// One pass over a part, around the cache: rows in their order, keys in theirs.
pub(crate) struct Scan {
    file: Box<dyn DiskFile>,
    rows: Pages,
    keys: Pages,
    postings: Pages,
}

/// The page of one kind that the pass has reached.
struct Pages {
    kind: Kind,
    held: Option<usize>,
    bytes: Vec<u8>,
}

impl Scan {
    pub(crate) fn new(part: &Part) -> Result<Self, HistoryError> {
        let pages = |kind| Pages { kind, held: None, bytes: vec![0; PAGE] };
        Ok(Self {
            file: part.file()?,
            rows: pages(Kind::Rows),
            keys: pages(Kind::Keys),
            postings: pages(Kind::Postings),
        })
    }

    /// `None` behind the last row.
    pub(crate) fn row(&mut self, part: &Part, rank: u32) -> Result<Option<Place>, HistoryError> {
        if rank >= part.header.rows {
            return Ok(None);
        }
        let page = self.rows.get(part, &*self.file, rank as usize / ROWS_PER_PAGE)?;
        Ok(Some(row_at(page, rank as usize % ROWS_PER_PAGE)))
    }

    /// `None` behind the last key.
    pub(crate) fn key(&mut self, part: &Part, at: u32) -> Result<Option<KeyEntry>, HistoryError> {
        if at >= part.header.keys {
            return Ok(None);
        }
        let page = self.keys.get(part, &*self.file, at as usize / KEYS_PER_PAGE)?;
        Ok(Some(KeyEntry::at(page, at as usize % KEYS_PER_PAGE)))
    }

    /// Calls `each` with the ranks of a key, which must not come before those of an earlier call.
    pub(crate) fn ranks(
        &mut self,
        part: &Part,
        entry: KeyEntry,
        mut each: impl FnMut(u32),
    ) -> Result<(), HistoryError> {
        let mut checked = |rank: u32| {
            if rank >= part.header.rows {
                return Err(part.damage(None, Fault::Bounds));
            }
            each(rank);
            Ok(())
        };
        if entry.count == 1 {
            return checked(entry.first);
        }
        let (mut at, end) = (entry.first as usize, entry.first as usize + entry.count as usize);
        while at < end {
            let page = self.postings.get(part, &*self.file, at / POSTINGS_PER_PAGE)?;
            let until = end.min((at / POSTINGS_PER_PAGE + 1) * POSTINGS_PER_PAGE);
            for place in at..until {
                checked(rank_at(page, place % POSTINGS_PER_PAGE))?;
            }
            at = until;
        }
        Ok(())
    }
}

impl Pages {
    fn get(&mut self, part: &Part, file: &dyn DiskFile, at: usize) -> Result<&[u8], HistoryError> {
        if self.held != Some(at) {
            // Taken first: a failed read must not leave half a page behind as the held one.
            self.held = None;
            part.read_through(file, self.kind, at, &mut self.bytes)?;
            self.held = Some(at);
        }
        Ok(&self.bytes)
    }
}
