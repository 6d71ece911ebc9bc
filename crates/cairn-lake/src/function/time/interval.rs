//! Intervals, zones of timestamps and finer counts of time.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, IntervalMonthDayNanoArray, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::Result;

use super::super::call::{Call, known, zone_of};
use super::super::civil::MINUTE;
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::{beyond, moments, zone};

pub(super) const FUNCTIONS: &[Function] = &[
    function("to_milliseconds", &[form("interval -> bigint", to_milliseconds)]),
    function("parse_duration", &[form("varchar -> interval", parse_duration)]),
    // What `*` stands for beside an interval.
    function("interval_times", &[form("interval, double -> interval", times)]),
    // What stands for an interval that is compared.
    function("interval_hours", &[form("interval -> interval", hours)]),
    function("from_unixtime_nanos", &[form("bigint -> timestamp with time zone", from_nanos)]),
    function("timezone", &[form("S -> varchar", timezone)]),
    function("timezone_hour", &[form("S -> bigint", |call| ahead(call, |minutes| minutes / 60))]),
    function("timezone_minute", &[form("S -> bigint", |call| ahead(call, |minutes| minutes % 60))]),
    function("current_timezone", &[form(" -> varchar", current_timezone)]),
];

pub(super) const DAY_MILLIS: i64 = 86_400_000;

fn to_milliseconds(call: &Call<'_>) -> Result<ArrayRef> {
    let intervals = call.array(0).as_primitive::<IntervalMonthDayNanoType>();
    let of = |row| {
        let place = call.place(0, row);
        let interval = known!(intervals.is_valid(place).then(|| intervals.value(place)));
        if interval.months != 0 {
            return Err(fault("an interval of months has no length in milliseconds"));
        }
        Ok(Some(i64::from(interval.days) * DAY_MILLIS + interval.nanoseconds / 1_000_000))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

/// A day is 24 hours in Trino. The engine compares days first, and hours only of as many days. What
/// is longer than 292 years is as long.
fn hours(call: &Call<'_>) -> Result<ArrayRef> {
    let intervals = call.array(0).as_primitive::<IntervalMonthDayNanoType>();
    let of = |row| {
        let place = call.place(0, row);
        let interval = intervals.is_valid(place).then(|| intervals.value(place))?;
        let days = i64::from(interval.days).saturating_mul(DAY_MILLIS * 1_000_000);
        let nanoseconds = interval.nanoseconds.saturating_add(days);
        Some(IntervalMonthDayNano::new(interval.months, 0, nanoseconds))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<IntervalMonthDayNanoArray>()))
}

/// Months stay months: how long one is, nobody knows. All else is rounded to milliseconds.
fn times(call: &Call<'_>) -> Result<ArrayRef> {
    let intervals = call.array(0).as_primitive::<IntervalMonthDayNanoType>();
    let factors = call.double(1);
    let of = |row| {
        let place = call.place(0, row);
        let interval = known!(intervals.is_valid(place).then(|| intervals.value(place)));
        let factor = known!(factors.get(row));
        let days = i64::from(interval.days) * DAY_MILLIS;
        let millis = (days + interval.nanoseconds / 1_000_000) as f64 * factor;
        let months = f64::from(interval.months) * factor;
        let sound = millis.abs() < 9e14 && months.abs() < 2e9;
        if !sound {
            return Err(fault("interval is out of range"));
        }
        let (months, millis) = (months.round() as i32, millis.round() as i64);
        let (days, rest) = (millis / DAY_MILLIS, millis % DAY_MILLIS);
        Ok(Some(IntervalMonthDayNano::new(months, days as i32, rest * 1_000_000)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<IntervalMonthDayNanoArray>>()?))
}

/// `42.8ms`, `3.81 d`: a number and a unit.
fn parse_duration(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        let wrong = || fault(format!("duration is not a valid data duration string: {text}"));
        let belongs = |next: char| next.is_ascii_digit() || next == '.';
        let end = text.find(|next| !belongs(next)).ok_or_else(wrong)?;
        let number: f64 = text[..end].parse().map_err(|_| wrong())?;
        let millis = match text[end..].trim() {
            "ns" => 1e-6,
            "us" => 1e-3,
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            "d" => 8.64e7,
            unit => return Err(fault(format!("Unknown time unit: {unit}"))),
        } * number;
        let sound = millis.round().abs() < 9e14;
        let millis = sound.then(|| millis.round() as i64).ok_or_else(wrong)?;
        let (days, rest) = (millis / DAY_MILLIS, millis % DAY_MILLIS);
        Ok(Some(IntervalMonthDayNano::new(0, days as i32, rest * 1_000_000)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<IntervalMonthDayNanoArray>>()?))
}

fn from_nanos(call: &Call<'_>) -> Result<ArrayRef> {
    let nanos = call.long(0);
    let of = |row| nanos.get(row).map(|nanos| nanos.div_euclid(1000));
    Ok(Arc::new((0..call.rows).map(of).collect::<TimestampMicrosecondArray>()))
}

fn timezone(call: &Call<'_>) -> Result<ArrayRef> {
    let array = call.array(0);
    let zone = match zone_of(array.data_type()) {
        Some("+00:00") | None => "UTC",
        Some(zone) => zone,
    };
    call.texts(|row| Ok(array.is_valid(call.place(0, row)).then_some(zone)))
}

fn ahead(call: &Call<'_>, part: fn(i64) -> i64) -> Result<ArrayRef> {
    let (instants, zone) = (moments(call, 0), zone(call.array(0).data_type())?);
    let of = |row| {
        let ahead = zone.ahead(known!(instants(row))).ok_or_else(beyond)?;
        Ok(Some(part(ahead / MINUTE)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

fn current_timezone(call: &Call<'_>) -> Result<ArrayRef> {
    Ok(Arc::new(StringArray::from(vec!["UTC"; call.rows])))
}
