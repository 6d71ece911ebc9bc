//! Arrays made of little: sequences and repetitions.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, Int64Array, ListArray, TimestampMicrosecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::call::{Call, known};
use super::super::civil::DAY;
use super::super::civil::unit::Unit;
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::Gather;

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "sequence",
        &[
            form("bigint, bigint -> array(bigint)", of_longs),
            form("bigint, bigint, bigint -> array(bigint)", of_longs),
            form("date, date -> array(date)", of_dates),
            form("date, date, interval -> array(date)", of_dates),
            form("timestamp, timestamp, interval -> array(timestamp)", of_times),
        ],
    ),
    function("repeat", &[form("E, bigint -> array(E)", repeat)]),
];

/// The most items of a sequence or a repetition.
const MOST: usize = 10_000;

const DIRECTION: &str = "sequence stop value should be greater than or equal to start value if \
                         step is greater than zero otherwise stop should be less than or equal to \
                         start";

fn too_many() -> DataFusionError {
    fault(format!("result of sequence function must not have more than {MOST} entries"))
}

/// Lists of numbers, laid behind each other.
#[derive(Default)]
struct Lists {
    items: Vec<i64>,
    lengths: Vec<usize>,
    present: Vec<bool>,
}

impl Lists {
    fn push(&mut self, list: Option<Vec<i64>>) {
        let items = list.as_deref().unwrap_or_default();
        self.lengths.push(items.len());
        self.items.extend(items);
        self.present.push(list.is_some());
    }

    fn finish(self, items: fn(Vec<i64>) -> ArrayRef) -> Result<ArrayRef> {
        let items = items(self.items);
        let field = Arc::new(Field::new("item", items.data_type().clone(), true));
        let offsets = OffsetBuffer::from_lengths(self.lengths);
        let nulls = Some(NullBuffer::from(self.present));
        Ok(Arc::new(ListArray::try_new(field, offsets, items, nulls)?))
    }
}

fn of_longs(call: &Call<'_>) -> Result<ArrayRef> {
    let (start, stop) = (call.long(0), call.long(1));
    let step = (call.count() > 2).then(|| call.long(2));
    let mut lists = Lists::default();
    let of = |row| {
        let (start, stop) = (known!(start.get(row)), known!(stop.get(row)));
        let step = match &step {
            Some(step) => known!(step.get(row)),
            None if start > stop => -1,
            None => 1,
        };
        stepped(start, stop, step > 0, step == 0, |count| {
            start.checked_add(step.checked_mul(count)?)
        })
        .map(Some)
    };
    for row in 0..call.rows {
        lists.push(of(row)?);
    }
    lists.finish(|items| Arc::new(Int64Array::from(items)))
}

/// What `at` gives for 0, 1, 2 and so on, as long as it does not pass the stop.
fn stepped(
    start: i64,
    stop: i64,
    up: bool,
    still: bool,
    at: impl Fn(i64) -> Option<i64>,
) -> Result<Vec<i64>> {
    if still {
        return Err(fault("step must not be zero"));
    }
    if (up && start > stop) || (!up && start < stop) {
        return Err(fault(DIRECTION));
    }
    let mut items = Vec::new();
    for count in 0.. {
        let Some(item) = at(count) else { break };
        if (up && item > stop) || (!up && item < stop) {
            break;
        }
        if items.len() == MOST {
            return Err(too_many());
        }
        items.push(item);
    }
    Ok(items)
}

/// The moment so many intervals later.
fn moved(interval: IntervalMonthDayNano, count: i64, from: i64) -> Option<i64> {
    let months = i64::from(interval.months).checked_mul(count)?;
    let days = i64::from(interval.days).checked_mul(count)?;
    let micros = (interval.nanoseconds / 1000).checked_mul(count)?;
    let moved = Unit::Day.add(days, Unit::Month.add(months, from)?)?;
    moved.checked_add(micros)
}

fn series(interval: IntervalMonthDayNano, start: i64, stop: i64) -> Result<Vec<i64>> {
    let next = moved(interval, 1, start).unwrap_or(start);
    stepped(start, stop, next > start, next == start, |count| moved(interval, count, start))
}

fn of_dates(call: &Call<'_>) -> Result<ArrayRef> {
    let (start, stop) = (call.day(0), call.day(1));
    let step = (call.count() > 2).then(|| call.array(2).as_primitive::<IntervalMonthDayNanoType>());
    let mut lists = Lists::default();
    let of = |row| -> Result<Option<Vec<i64>>> {
        let start = i64::from(known!(start.get(row))) * DAY;
        let stop = i64::from(known!(stop.get(row))) * DAY;
        let step = match step {
            Some(step) => step.value(call.place(2, row)),
            None => IntervalMonthDayNano::new(0, if start > stop { -1 } else { 1 }, 0),
        };
        let days = series(step, start, stop)?;
        Ok(Some(days.into_iter().map(|micros| micros.div_euclid(DAY)).collect()))
    };
    for row in 0..call.rows {
        lists.push(of(row)?);
    }
    lists.finish(|items| {
        Arc::new(items.into_iter().map(|day| Some(day as i32)).collect::<Date32Array>())
    })
}

fn of_times(call: &Call<'_>) -> Result<ArrayRef> {
    let (start, stop) = (call.time(0)?, call.time(1)?);
    let step = call.array(2).as_primitive::<IntervalMonthDayNanoType>();
    let mut lists = Lists::default();
    let of = |row| {
        let (start, stop) = (known!(start.get(row)), known!(stop.get(row)));
        series(step.value(call.place(2, row)), start, stop).map(Some)
    };
    for row in 0..call.rows {
        lists.push(of(row)?);
    }
    lists.finish(|items| Arc::new(TimestampMicrosecondArray::from(items)))
}

fn repeat(call: &Call<'_>) -> Result<ArrayRef> {
    let count = call.long(1);
    let mut gather = Gather::default();
    for row in 0..call.rows {
        match count.get(row) {
            Some(negative) if negative < 0 => {
                return Err(fault(
                    "count argument of repeat function must be greater than or equal to 0",
                ));
            }
            Some(count) if count > MOST as i64 => {
                return Err(fault(format!(
                    "count argument of repeat function must be less than or equal to {MOST}"
                )));
            }
            Some(count) => {
                gather.extend((0..count).map(|_| call.place(0, row)));
                gather.close()?;
            }
            None => gather.close_null(),
        }
    }
    gather.lists(call.array(0))
}
