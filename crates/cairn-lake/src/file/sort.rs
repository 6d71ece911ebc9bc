//! The order of rows in files: by day, then by name and time, so that a question about one
//! operation, or about a time, reads few pages.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::error::ArrowError;
use cairn_ports::lake::TableSchema;

use super::gather::{Run, gather};
use super::weigh::{fitting, weigh};
use crate::row;
use crate::schema;

/// The rows of one day, in the order of files.
#[derive(Debug)]
pub(crate) struct Day<'a> {
    /// Days since 1970.
    pub(crate) number: i32,
    kind: TableSchema,
    batches: &'a [RecordBatch],
    runs: Vec<Run>,
    /// Of each run's row.
    bytes: Vec<usize>,
}

/// Parts rows of batches of [`schema::stored`] by day, and sorts each day's.
///
/// # Errors
/// Batches with other columns.
pub(crate) fn sort(kind: TableSchema, batches: &[RecordBatch]) -> Result<Vec<Day<'_>>, ArrowError> {
    let keys = keys(kind, batches)?;
    let weights: Vec<Vec<usize>> = batches.iter().map(weigh).collect();
    let days = keys.chunk_by(|left, right| left.day == right.day).map(|part| {
        let runs: Vec<Run> = part.iter().map(|key| key.run).collect();
        let bytes = runs.iter().map(|run| weights[run.batch as usize][run.start as usize]);
        Day { number: part[0].day, kind, batches, bytes: bytes.collect(), runs }
    });
    Ok(days.collect())
}

impl Day<'_> {
    /// The rows, so many or so many bytes of them at a time, one at the least: who writes them
    /// needs not all of them twice in memory, and no column holds more than 2 GiB.
    ///
    /// # Errors
    /// Batches with other columns.
    pub(crate) fn rows(
        &self,
        rows: usize,
        bytes: usize,
    ) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let left = self.runs.get(at..).filter(|left| !left.is_empty())?;
            let fit = fitting(self.bytes[at..].iter().copied().take(rows), bytes).max(1);
            at += fit;
            Some(gather_rows(self.kind, self.batches, &left[..fit]))
        })
    }
}

/// What rows are sorted by, and where the row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: i32,
    name: u32,
    time: i64,
    run: Run,
}

pub(crate) const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;
const DAY_MICROS: i64 = DAY_MILLIS * 1000;

fn keys(kind: TableSchema, batches: &[RecordBatch]) -> Result<Vec<Key>, ArrowError> {
    let mut columns = Vec::with_capacity(batches.len());
    for batch in batches {
        columns.push((name_column(kind, batch), time_column(batch)?));
    }
    let names = ranks(columns.iter().filter_map(|(names, _)| *names).flatten().flatten());
    let mut keys = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (batch, (name, times)) in columns.into_iter().enumerate() {
        for row in 0..times.len() {
            let time = times.value(row);
            let name = name.filter(|name| name.is_valid(row)).map(|name| name.value(row));
            let name = name.and_then(|name| names.get(name)).copied().unwrap_or(0);
            let run = Run { batch: batch as u32, start: row as u32, len: 1 };
            keys.push(Key { day: time.div_euclid(DAY_MICROS) as i32, name, time, run });
        }
    }
    keys.sort_unstable();
    Ok(keys)
}

/// The place of each name among all, from 1 on: rows without a name come first.
pub(crate) fn ranks<'a>(names: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
    let names: HashSet<&str> = names.collect();
    let mut sorted: Vec<&str> = names.into_iter().collect();
    sorted.sort_unstable();
    sorted.into_iter().zip(1..).collect()
}

/// Looks whether rows come in the order of a file.
pub(crate) struct Order {
    kind: TableSchema,
    day: i32,
    /// Name and time of the row before.
    last: (Option<String>, i64),
}

impl Order {
    /// Of the file of a day.
    pub(crate) fn new(kind: TableSchema, day: i32) -> Self {
        Self { kind, day, last: (None, i64::MIN) }
    }

    /// Whether these rows are in order, and follow those that were looked at before.
    ///
    /// # Errors
    /// Batches with other columns.
    pub(crate) fn follows(&mut self, rows: &RecordBatch) -> Result<bool, ArrowError> {
        let (names, times) = (name_column(self.kind, rows), time_column(rows)?);
        let key = |row: usize| {
            let name = names.filter(|names| names.is_valid(row)).map(|names| names.value(row));
            (name, times.value(row))
        };
        let mut before = (self.last.0.as_deref(), self.last.1);
        for row in 0..rows.num_rows() {
            let next = key(row);
            if next < before || next.1.div_euclid(DAY_MICROS) != i64::from(self.day) {
                return Ok(false);
            }
            before = next;
        }
        self.last = (before.0.map(str::to_owned), before.1);
        Ok(true)
    }
}

/// The column by which rows of a day are sorted first; nulls come first.
pub(super) fn name_column(kind: TableSchema, batch: &RecordBatch) -> Option<&StringArray> {
    match kind {
        TableSchema::Events => batch.column_by_name("eventname")?.as_string_opt(),
        // Who reads rows to write them anew leaves copies out.
        TableSchema::Activity => batch
            .column_by_name("eventdata")?
            .as_struct_opt()?
            .column_by_name("eventname")?
            .as_string_opt(),
        TableSchema::Insights | TableSchema::ConfigurationItems | TableSchema::Evidence => None,
    }
}

pub(super) fn time_column(batch: &RecordBatch) -> Result<&TimestampMicrosecondArray, ArrowError> {
    batch
        .column_by_name("eventtime")
        .and_then(|column| column.as_primitive_opt::<TimestampMicrosecondType>())
        .ok_or_else(|| ArrowError::SchemaError("the batch has no column eventtime".to_owned()))
}

pub(super) fn gather_rows(
    kind: TableSchema,
    batches: &[RecordBatch],
    runs: &[Run],
) -> Result<RecordBatch, ArrowError> {
    let stored = schema::stored(kind);
    let mut columns = Vec::with_capacity(stored.fields().len());
    for place in 0..stored.fields().len() - schema::copies(kind) {
        let mut arrays = Vec::with_capacity(batches.len());
        for batch in batches {
            let name = stored.field(place).name();
            let array = batch.column_by_name(name).ok_or_else(|| {
                ArrowError::SchemaError(format!("the batch has no column {name}"))
            })?;
            arrays.push(array.as_ref());
        }
        columns.push(gather(stored.field(place).data_type(), &arrays, runs)?);
    }
    row::copy(kind, &mut columns)?;
    RecordBatch::try_new(stored, columns)
}
