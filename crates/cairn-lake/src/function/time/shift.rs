//! Times moved, measured and cut: date_add, date_diff, date_trunc.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array, TimestampMicrosecondArray};
use arrow::datatypes::{IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::Result;

use super::super::call::{Call, known, zone_of};
use super::super::civil::unit::Unit;
use super::super::civil::zone::Zone;
use super::super::civil::{DAY, Date, days_of_month, split};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::{beyond, clock, iso, moments, timestamps, zone};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "date_add",
        &[
            form("varchar, bigint, S -> S", add),
            form("varchar, bigint, date -> date", add_to_date),
            form("varchar, bigint, time -> time", clock::add),
        ],
    ),
    function(
        "date_diff",
        &[
            form("varchar, S, S -> bigint", between),
            form("varchar, date, date -> bigint", between_dates),
            form("varchar, time, time -> bigint", clock::between),
        ],
    ),
    function(
        "date_trunc",
        &[
            form("varchar, S -> S", floor),
            form("varchar, date -> date", floor_date),
            form("varchar, time -> time", clock::floor),
        ],
    ),
    function(
        "last_day_of_month",
        &[form("S -> date", last_day_of_time), form("date -> date", last_day)],
    ),
    function(
        "date",
        &[
            form("date -> date", |call| Ok(Arc::clone(call.array(0)))),
            form("S -> date", day_of_time),
            form("varchar -> date", day_of_text),
        ],
    ),
];

fn unit_of_time(name: &str) -> Result<Unit> {
    Unit::parse(name).ok_or_else(|| fault(format!("'{name}' is not a valid Timestamp field")))
}

fn unit_of_date(name: &str) -> Result<Unit> {
    Unit::parse(name)
        .filter(|unit| unit.of_dates())
        .ok_or_else(|| fault(format!("'{name}' is not a valid DATE field")))
}

fn add(call: &Call<'_>) -> Result<ArrayRef> {
    let (unit, count, instants) = (call.text(0), call.long(1), moments(call, 2));
    let zone = zone(call.result)?;
    timestamps(call, |row| {
        let unit = unit_of_time(known!(unit.get(row)))?;
        let moved = zone.add(unit, known!(count.get(row)), known!(instants(row)));
        moved.map(Some).ok_or_else(beyond)
    })
}

/// What `+` and `-` stand for between a moment and an interval, in places of the call: months are
/// turned on a calendar in the zone, and a day is 24 hours, as Trino has it.
pub(super) fn moved(call: &Call<'_>, places: (usize, usize), sign: i64) -> Result<ArrayRef> {
    let (zone, instants) = (zone(call.result)?, moments(call, places.0));
    let intervals = call.array(places.1).as_primitive::<IntervalMonthDayNanoType>();
    timestamps(call, |row| {
        let place = call.place(places.1, row);
        let interval = known!(intervals.is_valid(place).then(|| intervals.value(place)));
        let moved = later(zone, known!(instants(row)), interval, sign);
        moved.map(Some).ok_or_else(beyond)
    })
}

fn later(zone: Zone, from: i64, interval: IntervalMonthDayNano, sign: i64) -> Option<i64> {
    let turned = match interval.months {
        0 => from,
        months => zone.add(Unit::Month, sign * i64::from(months), from)?,
    };
    let days = (sign * i64::from(interval.days)).checked_mul(DAY)?;
    turned.checked_add(days)?.checked_add(sign * (interval.nanoseconds / 1000))
}

fn add_to_date(call: &Call<'_>) -> Result<ArrayRef> {
    let (unit, count, days) = (call.text(0), call.long(1), call.day(2));
    dates(call, |row| {
        let unit = unit_of_date(known!(unit.get(row)))?;
        let (count, day) = (known!(count.get(row)), known!(days.get(row)));
        let moved = unit.add(count, i64::from(day) * DAY).ok_or_else(beyond)?;
        Ok(Some(moved.div_euclid(DAY)))
    })
}

fn dates(call: &Call<'_>, days: impl FnMut(usize) -> Result<Option<i64>>) -> Result<ArrayRef> {
    let days: Vec<Option<i64>> = (0..call.rows).map(days).collect::<Result<_>>()?;
    let narrow = |day: Option<i64>| {
        day.map(|day| i32::try_from(day).map_err(|_| fault("date out of range"))).transpose()
    };
    Ok(Arc::new(days.into_iter().map(narrow).collect::<Result<Date32Array>>()?))
}

fn between(call: &Call<'_>) -> Result<ArrayRef> {
    let (unit, from, to) = (call.text(0), moments(call, 1), moments(call, 2));
    let zone = zone(call.array(1).data_type())?;
    let of = |row| {
        let unit = unit_of_time(known!(unit.get(row)))?;
        let count = zone.between(unit, known!(from(row)), known!(to(row)));
        count.map(Some).ok_or_else(beyond)
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn between_dates(call: &Call<'_>) -> Result<ArrayRef> {
    let (unit, from, to) = (call.text(0), call.day(1), call.day(2));
    let of = |row| {
        let unit = unit_of_date(known!(unit.get(row)))?;
        let (from, to) = (known!(from.get(row)), known!(to.get(row)));
        let count = unit.between(i64::from(from) * DAY, i64::from(to) * DAY);
        count.map(Some).ok_or_else(beyond)
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn floor(call: &Call<'_>) -> Result<ArrayRef> {
    let unit = call.text(0);
    let same = match unit.constant() {
        Some(name) => Some(unit_of_time(name)?),
        None => None,
    };
    if let (Some(unit), None) = (same, zone_of(call.result))
        && let Some(walls) = call.time(1)?.each()
        && let Some(below) = unit.floor_all(walls.values())
    {
        return Ok(Arc::new(TimestampMicrosecondArray::new(below.into(), walls.nulls().cloned())));
    }
    let (zone, instants) = (zone(call.result)?, moments(call, 1));
    timestamps(call, |row| {
        let unit = match same {
            Some(unit) => unit,
            None => unit_of_time(known!(unit.get(row)))?,
        };
        zone.floor(unit, known!(instants(row))).map(Some).ok_or_else(beyond)
    })
}

fn floor_date(call: &Call<'_>) -> Result<ArrayRef> {
    let (unit, days) = (call.text(0), call.day(1));
    dates(call, |row| {
        let unit = unit_of_date(known!(unit.get(row)))?;
        let first = unit.floor(i64::from(known!(days.get(row))) * DAY).ok_or_else(beyond)?;
        Ok(Some(first.div_euclid(DAY)))
    })
}

fn last_of(date: Date) -> i64 {
    Date { day: days_of_month(date.year, date.month), ..date }.days()
}

fn last_day_of_time(call: &Call<'_>) -> Result<ArrayRef> {
    let times = call.time(0)?;
    dates(call, |row| Ok(times.get(row).map(|micros| last_of(split(micros).0))))
}

fn last_day(call: &Call<'_>) -> Result<ArrayRef> {
    let days = call.day(0);
    dates(call, |row| Ok(days.get(row).map(|day| last_of(Date::of_days(day.into())))))
}

fn day_of_time(call: &Call<'_>) -> Result<ArrayRef> {
    let times = call.time(0)?;
    dates(call, |row| Ok(times.get(row).map(|micros| micros.div_euclid(DAY))))
}

fn day_of_text(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    dates(call, |row| {
        let text = known!(text.get(row));
        match iso::plain_date(text.trim()) {
            Some(date) => Ok(Some(date.days())),
            None => Err(fault(format!("Value cannot be cast to date: {text}"))),
        }
    })
}
