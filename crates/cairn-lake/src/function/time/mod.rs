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

use arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::call::{Call, zone_of};
use super::civil::{Clock, DAY, Date, joined, zone};
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

/// Timestamps of the result's type, from what their walls show.
fn timestamps(
    call: &Call<'_>,
    walls: impl FnMut(usize) -> Result<Option<i64>>,
) -> Result<ArrayRef> {
    let walls: TimestampMicrosecondArray = (0..call.rows).map(walls).collect::<Result<_>>()?;
    match zone_of(call.result) {
        Some(zone) => zone::from_wall(walls, zone),
        None => Ok(Arc::new(walls)),
    }
}

fn beyond() -> DataFusionError {
    fault("timestamp out of range")
}

/// A day as it is written: `2026-04-18`.
pub(super) fn date(text: &str) -> Option<Date> {
    iso::plain_date(text)
}

/// A moment as it is written in SQL, `2026-04-18 09:05:00.5`, or in ISO 8601.
pub(super) fn moment(text: &str) -> Option<i64> {
    let written = match text.split_once(' ') {
        Some((day, time)) => format!("{day}T{}", time.trim()).replace(" UTC", "Z"),
        None => text.to_owned(),
    };
    match iso::moment(&written) {
        Some((micros, _)) => Some(micros),
        None => joined(iso::plain_date(text)?, Clock::MIDNIGHT),
    }
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
