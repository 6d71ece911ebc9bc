//! Reading ahead of the engine, where what it wants is not in memory.
//!
//! The engine asks for what it needs of a row group when it comes to it, and waits for the disk
//! each time. Of a column that it reads from one row group to the next, later ones are asked for
//! early: the disk works while rows are decoded. Who reads a few row groups of a file, or a few
//! pages of each, gets nothing read that is not needed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use cairn_journal::DiskFile;
use parquet::file::metadata::ParquetMetaData;

/// Row groups ahead of the one that is read. A page of a column that questions read most is some
/// 20 KiB: fewer of them keep no disk busy.
const AHEAD: usize = 8;
/// Row groups read as a whole, one after the other, that make a column one that is read on and on.
const STEADY: usize = 3;

/// What is known of one scan's files together.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The disk had to be waited for.
    cold: AtomicBool,
    /// Leaves of which some file was read as a whole, a bit for each.
    whole: AtomicU64,
}

/// How far one file is.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    leaves: Vec<Leaf>,
}

#[derive(Debug, Default, Clone)]
struct Leaf {
    /// The row group behind the last one that was read as a whole, and how many were, one by one.
    next: usize,
    run: usize,
    /// Row groups before this one were asked for.
    asked: usize,
}

impl Ahead {
    /// A file is about to be read. Whether some of it was asked for.
    pub(super) fn begin(
        &mut self,
        course: &Course,
        footer: &ParquetMetaData,
        file: &dyn DiskFile,
    ) -> bool {
        if !course.cold.load(Ordering::Relaxed) {
            return false;
        }
        let leaves = 0..self.leaves(footer).len();
        let mut asked = false;
        for leaf in leaves.filter(|leaf| course.is_whole(*leaf)) {
            self.ask(leaf, AHEAD, footer, file);
            asked = true;
        }
        asked
    }

    /// These ranges are about to be read.
    pub(super) fn read(
        &mut self,
        course: &Course,
        footer: &ParquetMetaData,
        ranges: &[Range<u64>],
        file: &dyn DiskFile,
    ) {
        let Some(first) = ranges.first() else { return };
        if !course.cold.load(Ordering::Relaxed) {
            if file.is_near(first.start) {
                return;
            }
            course.cold.store(true, Ordering::Relaxed);
        }
        for (group, leaf) in whole(footer, ranges) {
            let groups = footer.num_row_groups();
            let Some(of) = self.leaves(footer).get_mut(leaf) else { continue };
            of.run = if of.next == group { of.run + 1 } else { 1 };
            of.next = group + 1;
            of.asked = of.asked.max(group + 1);
            let run = of.run;
            // A file of few row groups says nothing of others: those may be left out there.
            if run == groups && groups > STEADY {
                course.whole.fetch_or(bit(leaf), Ordering::Relaxed);
            }
            if run >= STEADY || course.is_whole(leaf) {
                self.ask(leaf, group + 1 + AHEAD, footer, file);
            }
        }
    }

    fn leaves(&mut self, footer: &ParquetMetaData) -> &mut Vec<Leaf> {
        let count = footer.file_metadata().schema_descr().num_columns();
        self.leaves.resize(count, Leaf::default());
        &mut self.leaves
    }

    /// Asks for a leaf's row groups before `until` that were not asked for yet.
    fn ask(&mut self, leaf: usize, until: usize, footer: &ParquetMetaData, file: &dyn DiskFile) {
        let groups = footer.row_groups();
        let until = until.min(groups.len());
        let Some(of) = self.leaves.get_mut(leaf) else { return };
        for group in groups.get(of.asked..until).unwrap_or_default() {
            let (start, length) = group.column(leaf).byte_range();
            file.read_ahead(start, length);
        }
        of.asked = of.asked.max(until);
    }
}

impl Course {
    fn is_whole(&self, leaf: usize) -> bool {
        self.whole.load(Ordering::Relaxed) & bit(leaf) != 0
    }
}

/// None for the many leaves of a wide scan, which are read ahead in each file anew.
fn bit(leaf: usize) -> u64 {
    u32::try_from(leaf).ok().and_then(|leaf| 1u64.checked_shl(leaf)).unwrap_or(0)
}

/// The row groups and leaves of which the ranges are nearly all.
fn whole(footer: &ParquetMetaData, ranges: &[Range<u64>]) -> Vec<(usize, usize)> {
    let mut wanted: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for range in ranges {
        if let Some(place) = place(footer, range.start) {
            *wanted.entry(place).or_default() += range.end - range.start;
        }
    }
    let is_whole = |&((group, leaf), bytes): &((usize, usize), u64)| {
        let (_, length) = footer.row_group(group).column(leaf).byte_range();
        bytes.saturating_mul(10) >= length.saturating_mul(9)
    };
    wanted.into_iter().filter(is_whole).map(|(place, _)| place).collect()
}

/// The row group and the leaf that have a byte.
fn place(footer: &ParquetMetaData, byte: u64) -> Option<(usize, usize)> {
    footer.row_groups().iter().enumerate().find_map(|(group, of)| {
        let has = |leaf: &parquet::file::metadata::ColumnChunkMetaData| {
            let (start, length) = leaf.byte_range();
            (start..start + length).contains(&byte)
        };
        of.columns().iter().position(has).map(|leaf| (group, leaf))
    })
}

#[cfg(test)]
mod tests;
