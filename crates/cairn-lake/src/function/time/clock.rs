//! Times of a day: what a clock shows, with no date to it.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, IntervalMonthDayNanoArray, Time64MicrosecondArray,
};
use arrow::datatypes::{IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::Result;

use super::super::call::{Call, known};
use super::super::civil::unit::Unit;
use super::super::civil::{DAY, HOUR, MINUTE, SECOND};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::shift;

pub(super) const FUNCTIONS: &[Function] = &[
    // What `+` and `-` stand for beside an interval.
    function(
        "time_plus",
        &[
            form("time, interval -> time", |call| moved(call, (0, 1), 1)),
            form("interval, time -> time", |call| moved(call, (1, 0), 1)),
            form("S, interval -> S", |call| shift::moved(call, (0, 1), 1)),
            form("interval, S -> S", |call| shift::moved(call, (1, 0), 1)),
        ],
    ),
    function(
        "time_minus",
        &[
            form("time, interval -> time", |call| moved(call, (0, 1), -1)),
            form("time, time -> interval", apart),
            form("S, interval -> S", |call| shift::moved(call, (0, 1), -1)),
        ],
    ),
];

/// A time of day as it is written, in microseconds: `09:05`, `9:05:00.5`.
pub(in super::super) fn read(text: &str) -> Option<i64> {
    let (hour, rest) = text.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "0"));
    let (second, part) = second.split_once('.').unwrap_or((second, "0"));
    let below = |text: &str, bound: i64| {
        let sound = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number: &i64| sound && *number < bound)
    };
    let micros = match part.len() {
        digits @ 1..=12 if part.bytes().all(|byte| byte.is_ascii_digit()) => {
            let digits = digits.min(6);
            part[..digits].parse::<i64>().ok()? * 10_i64.pow(6 - digits as u32)
        }
        _ => return None,
    };
    let clock = below(hour, 24)? * HOUR + below(minute, 60)? * MINUTE;
    Some(clock + below(second, 60)? * SECOND + micros)
}

fn unit(name: &str) -> Result<Unit> {
    Unit::parse(name)
        .filter(|unit| unit.of_clocks())
        .ok_or_else(|| fault(format!("'{name}' is not a valid TIME field")))
}

pub(super) fn add(call: &Call<'_>) -> Result<ArrayRef> {
    let (units, count, clocks) = (call.text(0), call.long(1), call.clock(2));
    clock(call, |row| {
        let unit = unit(known!(units.get(row)))?;
        // As many milliseconds as a day has are whole days of each unit.
        let count = known!(count.get(row)) % (DAY / 1000);
        Ok(unit.add(count, known!(clocks.get(row))))
    })
}

pub(super) fn between(call: &Call<'_>) -> Result<ArrayRef> {
    let (units, from, to) = (call.text(0), call.clock(1), call.clock(2));
    let of = |row| {
        let unit = unit(known!(units.get(row)))?;
        Ok(unit.between(known!(from.get(row)), known!(to.get(row))))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

pub(super) fn floor(call: &Call<'_>) -> Result<ArrayRef> {
    let (units, clocks) = (call.text(0), call.clock(1));
    clock(call, |row| Ok(unit(known!(units.get(row)))?.floor(known!(clocks.get(row)))))
}

/// `places` are those of the time and of the interval.
fn moved(call: &Call<'_>, places: (usize, usize), sign: i64) -> Result<ArrayRef> {
    let clocks = call.clock(places.0);
    let intervals = call.array(places.1).as_primitive::<IntervalMonthDayNanoType>();
    clock(call, |row| {
        let place = call.place(places.1, row);
        let interval = known!(intervals.is_valid(place).then(|| intervals.value(place)));
        if interval.months != 0 {
            return Err(fault("Cannot add year to month interval to time"));
        }
        Ok(Some(known!(clocks.get(row)) + sign * (interval.nanoseconds / 1000 % DAY)))
    })
}

fn apart(call: &Call<'_>) -> Result<ArrayRef> {
    let (left, right) = (call.clock(0), call.clock(1));
    let of = |row| {
        let micros = left.get(row)? - right.get(row)?;
        Some(IntervalMonthDayNano::new(0, 0, micros * 1000))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<IntervalMonthDayNanoArray>()))
}

/// Times of the day, those beyond midnight on the other side of it.
fn clock(call: &Call<'_>, of: impl Fn(usize) -> Result<Option<i64>>) -> Result<ArrayRef> {
    let of = |row| Ok(of(row)?.map(|micros| micros.rem_euclid(DAY)));
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Time64MicrosecondArray>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let cases = [
            ("09:05", Some(9 * HOUR + 5 * MINUTE)),
            ("9:05:06.25", Some(9 * HOUR + 5 * MINUTE + 6 * SECOND + 250_000)),
            ("23:59:59.999999999", Some(DAY - 1)),
            ("24:00", None),
            ("09:60", None),
            ("09:05:60", None),
            ("09:05:06.", None),
            ("09:05:06.x", None),
            ("+9:05", None),
            ("09", None),
            ("", None),
        ];
        for (text, micros) in cases {
            assert_eq!(read(text), micros, "{text}");
        }
    }
}
