//! Records that came to a table and are in no file yet.
//!
//! They are kept as they came. Rows are made of them once somebody asks, or when there is time for
//! it. Into files they go in the order of files, which their keys tell before they are rows: under
//! load no row is made twice, and none is moved ([`crate::write`]).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use cairn_event::Event;
use cairn_ports::lake::TableSchema;

use crate::LakeError;
use crate::row::{NoRow, Rows};

/// Records of one table, in the order of the journal.
#[derive(Debug)]
pub(crate) struct Batch {
    kind: TableSchema,
    /// When the first of them came, by the clock's `elapsed`.
    came: Duration,
    names: String,
    records: Vec<Kept>,
    /// Of their texts.
    bytes: usize,
    rows: OnceLock<RecordBatch>,
}

#[derive(Debug, Clone)]
struct Kept {
    text: Bytes,
    name_end: usize,
    seq: i64,
    /// Milliseconds since 1970.
    time: i64,
}

impl Batch {
    /// Has room for so many records.
    pub(crate) fn new(kind: TableSchema, came: Duration, records: usize) -> Self {
        let (names, rows) = (String::new(), OnceLock::new());
        Self { kind, came, names, records: Vec::with_capacity(records), bytes: 0, rows }
    }

    /// Rows whose records nobody has.
    pub(crate) fn of_rows(kind: TableSchema, rows: RecordBatch) -> Self {
        Self { rows: OnceLock::from(rows), ..Self::new(kind, Duration::ZERO, 0) }
    }

    /// Adds an event, of which `text` is to be the row. Rows must not have been asked for.
    pub(crate) fn push(&mut self, seq: i64, event: &Event, text: Bytes) {
        debug_assert!(self.rows.get().is_none());
        self.bytes += text.len();
        self.names.push_str(&event.name());
        let (name_end, time) = (self.names.len(), event.time().millis());
        self.records.push(Kept { text, name_end, seq, time });
    }

    /// Records, or rows where there are no records. A record that no column can hold is none.
    pub(crate) fn len(&self) -> usize {
        self.rows.get().map_or(self.records.len(), RecordBatch::num_rows)
    }

    /// Bytes of the records and of the rows that were made of them.
    pub(crate) fn bytes(&self) -> usize {
        let rows = self.rows.get().map_or(0, RecordBatch::get_array_memory_size);
        self.bytes + self.names.len() + self.records.len() * size_of::<Kept>() + rows
    }

    pub(crate) fn came(&self) -> Duration {
        self.came
    }

    pub(crate) fn is_made(&self) -> bool {
        self.rows.get().is_some()
    }

    /// Its rows, made now if they were not before. Takes milliseconds for thousands of records.
    pub(crate) fn rows(&self) -> &RecordBatch {
        self.rows.get_or_init(|| {
            let mut rows = Rows::new(self.kind);
            (0..self.records.len()).for_each(|at| self.put(at, &mut rows));
            rows.finish()
        })
    }

    /// Makes a row of one record.
    pub(crate) fn put(&self, at: usize, rows: &mut Rows) {
        let seq = self.records[at].seq;
        if let Err(unfit) = rows.push(Some(seq), self.text(at)) {
            // The record stays in the journal and in trails; no column can hold it.
            tracing::warn!(seq, %unfit, "a record makes no row");
            debug_assert_ne!(unfit, NoRow::Full, "batches are smaller than columns");
        }
    }

    pub(crate) fn text(&self, at: usize) -> &[u8] {
        &self.records[at].text
    }

    /// The name and the time, in milliseconds since 1970, of each record.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (&str, i64)> {
        let mut start = 0;
        self.records.iter().map(move |kept| {
            let name = &self.names[start..kept.name_end];
            start = kept.name_end;
            (name, kept.time)
        })
    }

    /// Batches that follow one another as one, whose rows are made if all of theirs are.
    pub(crate) fn join(parts: &[Arc<Self>]) -> Result<Self, LakeError> {
        let Some(first) = parts.first() else {
            return Ok(Self::new(TableSchema::Events, Duration::ZERO, 0));
        };
        let records = parts.iter().map(|part| part.records.len()).sum();
        let mut joined = Self::new(first.kind, first.came, records);
        for part in parts {
            let names = joined.names.len();
            let kept = part.records.iter().cloned();
            let kept = kept.map(|kept| Kept { name_end: names + kept.name_end, ..kept });
            joined.records.extend(kept);
            joined.names.push_str(&part.names);
            joined.bytes += part.bytes;
        }
        if let Some(made) = parts.iter().map(|part| part.rows.get()).collect::<Option<Vec<_>>>() {
            joined.rows = OnceLock::from(concat_batches(&made[0].schema(), made)?);
        }
        Ok(joined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(seqs: std::ops::Range<i64>) -> Batch {
        let mut batch = Batch::new(TableSchema::Events, Duration::from_secs(seqs.start as u64), 0);
        for seq in seqs {
            let text = format!(
                r#"{{"eventID":"id-{seq}","eventName":"N{seq}","eventSource":"s3.amazonaws.com",
                "awsRegion":"us-east-1","eventTime":"2026-04-18T07:00:{seq:02}Z"}}"#
            );
            let event = Event::parse(Bytes::from(text)).unwrap();
            batch.push(seq, &event, event.raw().clone());
        }
        batch
    }

    #[test]
    fn rows_are_made_once_and_are_those_of_the_records() {
        let batch = batch(1..4);
        assert!(!batch.is_made());
        let keys: Vec<_> = batch.keys().map(|(name, _)| name).collect();
        assert_eq!(keys, ["N1", "N2", "N3"]);
        let rows = batch.rows();
        assert_eq!(rows.num_rows(), 3);
        assert!(std::ptr::eq(rows, batch.rows()));
    }

    #[test]
    fn what_is_joined_has_the_same_rows_made_or_not() {
        let whole = batch(1..6);
        for made in [[false, false], [true, false], [true, true]] {
            let parts = [batch(1..3), batch(3..6)].map(Arc::new);
            for (part, made) in parts.iter().zip(made) {
                if made {
                    part.rows();
                }
            }
            let joined = Batch::join(&parts).unwrap();
            assert_eq!((joined.is_made(), joined.len()), (made == [true, true], 5));
            assert_eq!(joined.came(), Duration::from_secs(1));
            assert!(joined.keys().eq(whole.keys()));
            assert_eq!(joined.text(3), whole.text(3));
            assert_eq!(joined.rows(), whole.rows());
        }
    }
}
