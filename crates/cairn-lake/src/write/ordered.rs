//! Records into files in the order of files, without their rows being sorted: keys are sorted, and
//! rows made one after the other as their keys say.
//!
//! An event's head tells its key as the row's columns will, but for parts of milliseconds and for a
//! name that is missing. So the rows are looked at; those of a file that come out in another order
//! are sorted after all.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use cairn_ports::lake::TableSchema;

use super::{BYTES, Output, ROWS, discard};
use crate::LakeError;
use crate::file::{DAY_MILLIS, Order, Packing, ranks};
use crate::iceberg::DataFile;
use crate::row::Rows;
use crate::shared::Shared;
use crate::table::Batch;

/// What a record is sorted by, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: i32,
    name: u32,
    time: i64,
    batch: u32,
    record: u32,
}

/// Writes one file for each day; `None` where rows are not in the order of their keys.
pub(super) fn ordered(
    shared: &Shared,
    store: &str,
    kind: TableSchema,
    batches: &[Arc<Batch>],
) -> Result<Option<Vec<DataFile>>, LakeError> {
    let (keys, mut files) = (keys(batches), Vec::new());
    for day in keys.chunk_by(|left, right| left.day == right.day) {
        let mut output = Output::create(shared, store, kind, day[0].day, Packing::Lz4)?;
        let written = match drawn(kind, batches, day, |rows| output.write(rows)) {
            Ok(true) => output.finish().map(Some),
            other => {
                output.abandon();
                other.map(|_| None)
            }
        };
        match written {
            Ok(Some(file)) => files.push(file),
            other => {
                discard(shared, &files);
                return other.map(|_| None);
            }
        }
    }
    Ok(Some(files))
}

/// Gives the rows of the records of a day, some at a time, as long as they are in order.
fn drawn(
    kind: TableSchema,
    batches: &[Arc<Batch>],
    keys: &[Key],
    mut give: impl FnMut(&RecordBatch) -> Result<(), LakeError>,
) -> Result<bool, LakeError> {
    let (mut rows, mut order) = (Rows::new(kind), Order::new(kind, keys[0].day));
    let mut bytes = 0;
    for (at, key) in keys.iter().enumerate() {
        let batch = &batches[key.batch as usize];
        batch.put(key.record as usize, &mut rows);
        bytes += batch.text(key.record as usize).len();
        if rows.len() == ROWS || bytes >= BYTES || at + 1 == keys.len() {
            let made = rows.finish();
            if !order.follows(&made)? {
                return Ok(false);
            }
            give(&made)?;
            bytes = 0;
        }
    }
    Ok(true)
}

fn keys(batches: &[Arc<Batch>]) -> Vec<Key> {
    let names = ranks(batches.iter().flat_map(|batch| batch.keys()).map(|(name, _)| name));
    let mut keys = Vec::with_capacity(batches.iter().map(|batch| batch.len()).sum());
    for (batch, records) in (0..).zip(batches) {
        keys.extend((0..).zip(records.keys()).map(|(record, (name, time))| {
            let day = time.div_euclid(DAY_MILLIS) as i32;
            Key { day, name: names[name], time, batch, record }
        }));
    }
    keys.sort_unstable();
    keys
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arrow::compute::concat_batches;
    use bytes::Bytes;
    use cairn_event::Event;
    use proptest::prelude::*;

    use super::*;
    use crate::file;

    const KIND: TableSchema = TableSchema::Events;

    fn batches(times: &[Vec<(u8, String)>]) -> Vec<Arc<Batch>> {
        let mut seq = 0;
        let batch = |records: &Vec<(u8, String)>| {
            let mut batch = Batch::new(KIND, Duration::ZERO, 0);
            for (name, time) in records {
                seq += 1;
                let text = format!(
                    r#"{{"eventID":"{seq}","eventName":"N{name}","eventTime":"{time}",
                    "eventSource":"s3.amazonaws.com","awsRegion":"us-east-1"}}"#
                );
                let event = Event::parse(Bytes::from(text)).unwrap();
                batch.push(seq, &event, event.raw().clone());
            }
            Arc::new(batch)
        };
        times.iter().map(batch).collect()
    }

    /// The rows of each day as keys give them; `None` where those are not in order.
    fn by_keys(batches: &[Arc<Batch>]) -> Option<Vec<RecordBatch>> {
        let keys = keys(batches);
        let days = keys.chunk_by(|left, right| left.day == right.day).map(|day| {
            let mut rows = Vec::new();
            let give = |some: &RecordBatch| {
                rows.push(some.clone());
                Ok(())
            };
            let in_order = drawn(KIND, batches, day, give).unwrap();
            in_order.then(|| concat_batches(&rows[0].schema(), &rows).unwrap())
        });
        days.collect()
    }

    fn by_sorting(batches: &[Arc<Batch>]) -> Vec<RecordBatch> {
        let made: Vec<_> = batches.iter().map(|batch| batch.rows().clone()).collect();
        let days = file::sort(KIND, &made).unwrap();
        days.iter().map(|day| day.rows(usize::MAX, usize::MAX).next().unwrap().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn keys_give_the_rows_that_sorting_gives(
            times in prop::collection::vec(
                prop::collection::vec((0_u8..5, 0_u32..4, 0_u32..1000), 1..40),
                1..5,
            ),
        ) {
            let time = |day: u32, milli: u32| format!("2026-04-1{day}T07:00:00.{milli:03}Z");
            let records = |some: Vec<(u8, u32, u32)>| {
                some.into_iter().map(|(name, day, milli)| (name, time(day, milli))).collect()
            };
            let batches = batches(&times.into_iter().map(records).collect::<Vec<_>>());
            prop_assert_eq!(by_keys(&batches).unwrap(), by_sorting(&batches));
        }
    }

    #[test]
    fn parts_of_milliseconds_are_left_to_sorting() {
        let at = |micros: u32| (1, format!("2026-04-18T07:00:00.{micros:06}Z"));
        assert!(by_keys(&batches(&[vec![at(1_100), at(1_900)]])).is_some());
        assert!(by_keys(&batches(&[vec![at(1_900), at(1_100)]])).is_none());
    }

    #[test]
    fn many_records_are_given_in_order_across_parts() {
        let many = (0..ROWS + 100).map(|at| (1, format!("2026-04-18T07:{:02}:00Z", at % 60)));
        let batches = batches(&[many.collect()]);
        assert_eq!(by_keys(&batches).unwrap(), by_sorting(&batches));
    }
}
