//! Sorted rows of several files as one sorted sequence.
//!
//! Files of one day were written one after the other, so of each name a file has an unbroken run
//! of rows that are later than another file's: rows go over in runs, not one by one.

use std::cmp::Ordering;

use arrow::array::{Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::error::ArrowError;
use cairn_ports::lake::TableSchema;

use super::gather::Run;
use super::sort::{gather_rows, name_column, time_column};
use super::weigh::Weights;

/// Rows, or bytes of their texts, of a batch that is given out, at the least, but for the last one.
/// It has one row beyond these bytes at the most.
const ROWS: usize = 8192;
const BYTES: usize = 64 << 20;

/// Batches of one file, in the order in which [`super::sort`] leaves rows.
pub(crate) type Sorted = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Gives the rows of all its files in their order. Of rows that are alike in it, those of an
/// earlier file come first.
pub(crate) struct Merge {
    kind: TableSchema,
    heads: Vec<Head>,
    /// What the rows that were chosen are in.
    batches: Vec<RecordBatch>,
    runs: Vec<Run>,
    rows: usize,
    /// Of the rows that were chosen.
    bytes: usize,
}

/// The next rows of one file.
struct Head {
    rest: Sorted,
    /// Its batch's place among the batches.
    batch: u32,
    /// `None` in tables that are sorted by time only.
    names: Option<StringArray>,
    times: TimestampMicrosecondArray,
    next: usize,
    weights: Weights,
}

type Key<'a> = (Option<&'a str>, i64);

impl Merge {
    /// # Errors
    /// What the files give.
    pub(crate) fn new(kind: TableSchema, files: Vec<Sorted>) -> Result<Self, ArrowError> {
        let heads = Vec::with_capacity(files.len());
        let (batches, runs) = (Vec::new(), Vec::new());
        let mut merge = Self { kind, heads, batches, runs, rows: 0, bytes: 0 };
        for file in files {
            if let Some(head) = merge.read(file)? {
                merge.heads.push(head);
            }
        }
        Ok(merge)
    }

    /// The next batch of a file that has one.
    fn read(&mut self, mut rest: Sorted) -> Result<Option<Head>, ArrowError> {
        let batch = loop {
            match rest.next() {
                None => return Ok(None),
                Some(batch) => {
                    let batch = batch?;
                    if batch.num_rows() > 0 {
                        break batch;
                    }
                }
            }
        };
        let names = name_column(self.kind, &batch).cloned();
        let times = time_column(&batch)?.clone();
        let weights = Weights::of(&batch);
        self.batches.push(batch);
        let place = self.batches.len() as u32 - 1;
        Ok(Some(Head { rest, batch: place, names, times, next: 0, weights }))
    }

    /// Chooses the next run; false at the end of all files.
    fn choose(&mut self) -> Result<bool, ArrowError> {
        let first = |heads: &[Head], besides: Option<usize>| {
            let left = (0..heads.len()).filter(|at| Some(*at) != besides);
            left.min_by(|a, b| heads[*a].key().cmp(&heads[*b].key()).then(a.cmp(b)))
        };
        let Some(least) = first(&self.heads, None) else { return Ok(false) };
        let head = &self.heads[least];
        let end = match first(&self.heads, Some(least)) {
            Some(other) => {
                let before = if least < other { Ordering::is_le } else { Ordering::is_lt };
                let other = self.heads[other].key();
                head.end_of(|key| before(key.cmp(&other)))
            }
            None => head.times.len(),
        };
        let end = end.min(head.weights.fitting(head.next, BYTES - self.bytes));
        let run = Run { batch: head.batch, start: head.next as u32, len: (end - head.next) as u32 };
        self.rows += end - head.next;
        self.bytes += head.weights.sum(head.next, end);
        self.runs.push(run);
        self.heads[least].next = end;
        if end == self.heads[least].times.len() {
            let over = self.heads.remove(least);
            if let Some(head) = self.read(over.rest)? {
                self.heads.insert(least, head);
            }
        }
        Ok(true)
    }

    /// The rows that were chosen; batches that no head is in are forgotten.
    fn give(&mut self) -> Result<RecordBatch, ArrowError> {
        let rows = gather_rows(self.kind, &self.batches, &self.runs)?;
        self.runs.clear();
        (self.rows, self.bytes) = (0, 0);
        let batches = std::mem::take(&mut self.batches);
        for head in &mut self.heads {
            self.batches.push(batches[head.batch as usize].clone());
            head.batch = self.batches.len() as u32 - 1;
        }
        Ok(rows)
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.rows < ROWS && self.bytes < BYTES {
            match self.choose() {
                Ok(true) => {}
                Ok(false) if self.rows == 0 => return None,
                Ok(false) => break,
                Err(error) => return Some(Err(error)),
            }
        }
        Some(self.give())
    }
}

impl Head {
    fn key(&self) -> Key<'_> {
        self.key_at(self.next)
    }

    fn key_at(&self, row: usize) -> Key<'_> {
        let named = self.names.as_ref().filter(|names| names.is_valid(row));
        (named.map(|names| names.value(row)), self.times.value(row))
    }

    /// The first row behind the next one that is not `before`: looked for in steps that double, as
    /// runs are short or long.
    fn end_of(&self, before: impl Fn(Key<'_>) -> bool) -> usize {
        let rows = self.times.len();
        let (mut low, mut step) = (self.next, 1);
        let mut high = loop {
            let at = low + step;
            if at >= rows {
                break rows;
            }
            if !before(self.key_at(at)) {
                break at;
            }
            low = at;
            step *= 2;
        };
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if before(self.key_at(middle)) { low = middle } else { high = middle }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use arrow::compute::concat_batches;
    use proptest::prelude::*;

    use super::*;
    use crate::file::sort;
    use crate::row::Rows;

    fn rows(kind: TableSchema, keys: &[(Option<u8>, u16)], from: usize) -> RecordBatch {
        let mut rows = Rows::new(kind);
        for (at, (name, second)) in keys.iter().enumerate() {
            let (minute, second) = (second / 60 % 60, second % 60);
            let named = |name: u8| if name == 0 { String::new() } else { format!("N{name}") };
            let name = name.map(|name| format!(r#","eventName":"{}""#, named(name)));
            let name = name.unwrap_or_default();
            let time = format!("2026-04-18T07:{minute:02}:{second:02}Z");
            let place = from + at;
            let rest = format!(r#""requestParameters":{{"n":"{place}"}},"eventID":"{place}"}}"#);
            let text = format!(r#"{{"eventTime":"{time}"{name},{rest}"#);
            rows.push(Some(place as i64), text.as_bytes()).unwrap();
        }
        rows.finish()
    }

    /// The sorted rows of a day.
    fn whole(kind: TableSchema, batches: &[RecordBatch]) -> RecordBatch {
        let days = sort(kind, batches).unwrap();
        assert_eq!(days.len(), 1);
        days[0].rows(usize::MAX, usize::MAX).next().unwrap().unwrap()
    }

    proptest! {
        #[test]
        fn files_merge_into_what_sorting_all_rows_gives(
            files in prop::collection::vec(
                prop::collection::vec((prop::option::of(0_u8..4), 0_u16..300), 1..60),
                1..6,
            ),
            size in 1_usize..20,
        ) {
            for kind in [TableSchema::Events, TableSchema::Insights] {
                let (mut all, mut sorted, mut from) = (Vec::new(), Vec::<Sorted>::new(), 0);
                for keys in &files {
                    let batch = rows(kind, keys, from);
                    from += keys.len();
                    all.push(batch.clone());
                    let file = whole(kind, &[batch]);
                    let starts = (0..file.num_rows()).step_by(size);
                    let parts: Vec<_> = starts
                        .map(|start| file.slice(start, size.min(file.num_rows() - start)))
                        .collect();
                    sorted.push(Box::new(parts.into_iter().map(Ok)));
                }
                let merged: Vec<_> =
                    Merge::new(kind, sorted).unwrap().map(Result::unwrap).collect();
                let merged = concat_batches(&merged[0].schema(), &merged).unwrap();
                prop_assert_eq!(merged, whole(kind, &all));
            }
        }
    }

    #[test]
    fn nothing_merges_into_nothing_and_a_broken_file_ends_it() {
        assert!(Merge::new(TableSchema::Events, Vec::new()).unwrap().next().is_none());
        let broken = || ArrowError::ParseError("torn".to_owned());
        let first = rows(TableSchema::Events, &[(None, 1)], 0);
        let parts = [Ok(first), Err(broken())];
        let mut merge = Merge::new(TableSchema::Events, vec![Box::new(parts.into_iter())]).unwrap();
        assert!(merge.next().unwrap().is_err());
    }

    #[test]
    fn long_rows_are_given_few_at_a_time() {
        const MIB: usize = 1 << 20;
        let long = "x".repeat(MIB);
        let file = |minute: u32, count: i64| {
            let mut rows = Rows::new(TableSchema::Activity);
            let time = format!("2026-04-18T07:{minute:02}:00Z");
            let text = format!(r#"{{"eventTime":"{time}","addendum":{{"reason":"{long}"}}}}"#);
            (0..count).for_each(|seq| rows.push(Some(seq), text.as_bytes()).unwrap());
            Box::new(std::iter::once(Ok(rows.finish()))) as Sorted
        };
        let merge = Merge::new(TableSchema::Activity, vec![file(1, 70), file(2, 30)]).unwrap();
        let given: Vec<usize> = merge.map(|batch| batch.unwrap().num_rows()).collect();
        assert_eq!(given.iter().sum::<usize>(), 100);
        assert!(given.iter().all(|rows| rows * MIB <= BYTES + MIB), "{given:?}");
    }
}
