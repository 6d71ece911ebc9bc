//! From several parts to one for each day.

use std::collections::HashMap;
use std::sync::Arc;

use cairn_journal::Disk;

use super::format::{Header, KeyEntry};
use super::open::Part;
use super::scan::Scan;
use super::write::PartWriter;
use crate::HistoryError;
use crate::key::{Cell, HashedKeys};
use crate::place::Place;

/// Where the rows of a merge go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Split {
    /// One part for each UTC day; days after `last` join it, so that records which claim far
    /// futures cannot make parts without number.
    ByDay { last: i64 },
    /// All into the partition that they are in.
    Into(i64),
}

/// A merge under way, cut into steps. It holds one page of each kind for each part that it reads
/// or writes, and four bytes for each row; never rows or keys themselves.
///
/// First the rows are merged by place, and where each went is remembered. Then the keys are merged
/// by value: the rows of each are looked up in that memory, which gives them in their new order.
pub(crate) struct Merge {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    split: Split,
    /// Rows of earlier seconds are left out.
    since: i64,
    rows_done: bool,
    /// Rows written so far, over all outputs.
    total: u32,
    /// The cells that a key lists everything of: one, unless someone made two names collide.
    cells: HashMap<u64, Vec<Cell>, HashedKeys>,
    /// The rows of the key at hand.
    ranks: Vec<u32>,
}

struct Input {
    part: Arc<Part>,
    scan: Scan,
    /// Rows, and later keys, that are done.
    at: u32,
    row: Option<Place>,
    key: Option<KeyEntry>,
    /// Where each row went, counted over all outputs; shorter than the part if old rows were left
    /// out, as they are its last.
    moved: Vec<u32>,
}

struct Output {
    day: i64,
    /// The output's first row, counted over all outputs.
    first: u32,
    part: PartWriter,
    cells: Vec<(Cell, u32)>,
}

impl Merge {
    pub(crate) fn new(parts: &[Arc<Part>], split: Split, since: i64) -> Result<Self, HistoryError> {
        let mut inputs = Vec::with_capacity(parts.len());
        let mut cells: HashMap<u64, Vec<Cell>, HashedKeys> = HashMap::default();
        for part in parts {
            let mut scan = Scan::new(part)?;
            let row = scan.row(part, 0)?;
            let moved = Vec::with_capacity(part.header.rows as usize);
            inputs.push(Input { part: part.clone(), scan, at: 0, row, key: None, moved });
            for (cell, _) in part.catalogue().entries() {
                let of_key = cells.entry(cell.everything()).or_default();
                if !of_key.contains(cell) {
                    of_key.push(cell.clone());
                }
            }
        }
        let (outputs, ranks) = (Vec::new(), Vec::new());
        Ok(Self { inputs, outputs, split, since, rows_done: false, total: 0, cells, ranks })
    }

    /// The parts that are being written.
    pub(crate) fn output_ids(&self) -> Vec<u64> {
        self.outputs.iter().map(|output| output.part.id()).collect()
    }

    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Arc<Part>> {
        self.inputs.iter().map(|input| &input.part)
    }

    /// Handles about `postings` postings; false when everything is merged and [`Merge::finish`] is
    /// to follow. `id` names new parts.
    pub(crate) fn step(
        &mut self,
        postings: usize,
        disk: &dyn Disk,
        id: impl Fn() -> u64,
    ) -> Result<bool, HistoryError> {
        let mut done = 0;
        while done < postings {
            if !self.rows_done {
                self.rows_done = !self.merge_row(disk, &id)?;
                done += 1;
            } else {
                match self.merge_key()? {
                    Some(merged) => done += merged,
                    None => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    /// Makes the outputs durable but for their names.
    pub(crate) fn finish(self) -> Result<Vec<Header>, HistoryError> {
        let mut headers = Vec::with_capacity(self.outputs.len());
        for output in self.outputs {
            headers.push(output.part.finish(&output.cells)?);
        }
        Ok(headers)
    }

    /// Moves the newest row that is left; false if there is none.
    fn merge_row(&mut self, disk: &dyn Disk, id: &impl Fn() -> u64) -> Result<bool, HistoryError> {
        let newest = self.inputs.iter_mut().max_by_key(|input| input.row);
        let Some((input, row)) = newest.and_then(|input| input.row.map(|row| (input, row))) else {
            return self.begin_keys();
        };
        if row.time < self.since {
            return self.begin_keys();
        }
        input.moved.push(self.total);
        input.at += 1;
        input.row = input.scan.row(&input.part, input.at)?;
        let day = match self.split {
            Split::Into(day) => day,
            Split::ByDay { last } => row.time.div_euclid(86_400).min(last),
        };
        if self.outputs.last().is_none_or(|output| output.day != day) {
            let part = PartWriter::create(disk, id(), Some(day))?;
            self.outputs.push(Output { day, first: self.total, part, cells: Vec::new() });
        }
        if let Some(output) = self.outputs.last_mut() {
            output.part.row(row)?;
        }
        self.total += 1;
        Ok(true)
    }

    fn begin_keys(&mut self) -> Result<bool, HistoryError> {
        for input in &mut self.inputs {
            input.at = 0;
            input.key = input.scan.key(&input.part, 0)?;
        }
        Ok(false)
    }

    /// Merges the least key that is left; gives back how many rows it has, `None` if there is none.
    #[expect(clippy::stable_sort_primitive, reason = "the lists are sorted runs, which it merges")]
    fn merge_key(&mut self) -> Result<Option<usize>, HistoryError> {
        let keys = self.inputs.iter().filter_map(|input| input.key.map(|entry| entry.key));
        let Some(key) = keys.min() else {
            return Ok(None);
        };
        self.ranks.clear();
        let mut handled = 1;
        for input in &mut self.inputs {
            let Some(entry) = input.key.filter(|entry| entry.key == key) else {
                continue;
            };
            handled += entry.count as usize;
            let (moved, ranks) = (&input.moved, &mut self.ranks);
            input.scan.ranks(&input.part, entry, |rank| {
                ranks.extend(moved.get(rank as usize));
            })?;
            input.at += 1;
            input.key = input.scan.key(&input.part, input.at)?;
        }
        if !self.ranks.is_sorted() {
            self.ranks.sort();
        }
        self.write_key(key)?;
        Ok(Some(handled))
    }

    /// Deals the rows of a key out to the outputs that they went to.
    fn write_key(&mut self, key: u64) -> Result<(), HistoryError> {
        let cells = self.cells.get(&key).map_or(&[][..], Vec::as_slice);
        let mut rest = &mut self.ranks[..];
        while let Some(first) = rest.first() {
            let at = self.outputs.partition_point(|output| output.first <= *first) - 1;
            let end = self.outputs.get(at + 1).map_or(self.total, |output| output.first);
            let count = rest.partition_point(|rank| *rank < end);
            let (own, later) = std::mem::take(&mut rest).split_at_mut(count);
            let output = &mut self.outputs[at];
            for rank in own.iter_mut() {
                *rank -= output.first;
            }
            output.part.key(key, own)?;
            output.cells.extend(cells.iter().map(|cell| (cell.clone(), own.len() as u32)));
            rest = later;
        }
        Ok(())
    }
}
