//! Functions over dates and times.
//!
//! Timestamps are microseconds of UTC. Those with a zone are the same, and the zone says what a
//! clock on its wall shows: that is what fields and formats are taken from.

mod clock;
mod fields;
mod instant;
mod interval;
mod iso;
mod joda;
mod mysql;
mod pattern;
mod read;
mod shift;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::call::{Call, zone_of};
use super::civil::zone::{self, Zone};
use super::civil::{Clock, DAY, Date, joined};
use super::fault::fault;
use super::scalar::Function;

pub(super) use clock::read as clock;

pub(super) const FUNCTIONS: &[&[Function]] = &[
    clock::FUNCTIONS,
    fields::FUNCTIONS,
    shift::FUNCTIONS,
    instant::FUNCTIONS,
    interval::FUNCTIONS,
    pattern::FUNCTIONS,
];

/// Timestamps in the zone of the result, if it has one.
fn timestamps(call: &Call<'_>, of: impl FnMut(usize) -> Result<Option<i64>>) -> Result<ArrayRef> {
    let instants: TimestampMicrosecondArray = (0..call.rows).map(of).collect::<Result<_>>()?;
    Ok(Arc::new(instants.with_timezone_opt(zone_of(call.result))))
}

/// The moments of an argument, in whatever zone.
fn moments(call: &Call<'_>, at: usize) -> impl Fn(usize) -> Option<i64> {
    let instants = call.array(at).as_primitive::<TimestampMicrosecondType>();
    move |row| {
        let place = call.place(at, row);
        instants.is_valid(place).then(|| instants.value(place))
    }
}

/// The zone of a type. Without one, moments are as those of UTC.
fn zone(of: &DataType) -> Result<Zone> {
    zone_of(of).map_or(Ok(Zone::UTC), Zone::named)
}

fn beyond() -> DataFusionError {
    fault("timestamp out of range")
}

/// A day as it is written: `2026-04-18`.
pub(super) fn date(text: &str) -> Option<Date> {
    iso::plain_date(text)
}

/// A moment as it is written in SQL, `2026-04-18 09:05:00.5 Europe/Berlin`, or in ISO 8601.
pub(super) fn moment(text: &str) -> Option<i64> {
    let written = match text.split_once(' ') {
        Some((day, time)) => format!("{day}T{}", time.trim()),
        None => text.to_owned(),
    };
    match iso::moment(&written) {
        Some((micros, _)) => Some(micros),
        None => in_zone(&written).or_else(|| joined(iso::plain_date(text)?, Clock::MIDNIGHT)),
    }
}

/// A moment with the name of a zone behind its time: `2026-04-18T09:05:00 Europe/Berlin`.
fn in_zone(text: &str) -> Option<i64> {
    let (day, time) = text.split_once('T')?;
    let is_zone = |next: char| next.is_ascii_alphabetic() || matches!(next, '+' | '-');
    let (time, zone) = time.split_at(time.find(is_zone)?);
    let (wall, _) = iso::moment(&format!("{day}T{}", time.trim_end()))?;
    Zone::named(&zone::parse(zone).ok()?).ok()?.instant(wall)
}

/// What the walls of timestamps' zone show.
pub(super) fn walls(array: &ArrayRef) -> Result<ArrayRef> {
    let instants = array.as_primitive::<TimestampMicrosecondType>();
    let zone = zone_of(array.data_type()).unwrap_or("UTC");
    Ok(Arc::new(zone::to_wall(instants, zone)?))
}

/// The days of timestamps without a zone.
pub(super) fn days(array: &ArrayRef) -> ArrayRef {
    let micros = array.as_primitive::<TimestampMicrosecondType>();
    Arc::new(micros.unary::<_, Date32Type>(|micros| micros.div_euclid(DAY) as i32))
}
