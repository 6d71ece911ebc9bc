//! The list of one key in one part.

use bytes::Bytes;

use super::format::{KeyEntry, Kind, POSTINGS_PER_PAGE, rank_at};
use super::open::Part;
use crate::HistoryError;
use crate::postings::Postings;

/// Reads a list forwards, one page at a time.
pub(crate) struct List<'a> {
    part: &'a Part,
    entry: KeyEntry,
    /// The next posting to look at, counted within the list.
    at: u32,
    /// The page that was read last, and its place among the pages of postings.
    held: Option<(usize, Bytes)>,
}

impl<'a> List<'a> {
    pub(crate) fn new(part: &'a Part, entry: KeyEntry) -> Self {
        Self { part, entry, at: 0, held: None }
    }

    fn rank(&mut self, at: u32) -> Result<u32, HistoryError> {
        if self.entry.count == 1 {
            return Ok(self.entry.first);
        }
        let place = self.entry.first as usize + at as usize;
        let (page, index) = (place / POSTINGS_PER_PAGE, place % POSTINGS_PER_PAGE);
        let bytes = match self.held.take() {
            Some((held, bytes)) if held == page => bytes,
            _ => self.part.page(Kind::Postings, page)?,
        };
        let rank = rank_at(&bytes, index);
        self.held = Some((page, bytes));
        Ok(rank)
    }
}

impl Postings for List<'_> {
    /// Gallops: steps double until they pass `from`, then halve. Near places cost little, far ones
    /// the logarithm of their distance.
    fn seek(&mut self, from: u32) -> Result<Option<u32>, HistoryError> {
        let count = self.entry.count;
        let (mut low, mut step) = (self.at, 1);
        let mut high = low;
        while high < count && self.rank(high)? < from {
            low = high + 1;
            high = high.saturating_add(step);
            step *= 2;
        }
        high = high.min(count);
        while low < high {
            let middle = u32::midpoint(low, high);
            if self.rank(middle)? < from { low = middle + 1 } else { high = middle }
        }
        self.at = low;
        if low < count { self.rank(low).map(Some) } else { Ok(None) }
    }

    fn len(&self) -> u32 {
        self.entry.count
    }
}
