//! Functions over dates and times.
//!
//! Timestamps are microseconds of UTC. Those with a zone are the same, and the zone says what a
//! clock on its wall shows: that is what fields and formats are taken from.

mod fields;
mod instant;
mod iso;
mod joda;
mod mysql;
mod pattern;
mod read;
mod shift;

use std::sync::Arc;

use arrow::array::{ArrayRef, TimestampMicrosecondArray};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::call::{Call, zone_of};
use super::civil::zone;
use super::fault::fault;
use super::scalar::Function;

pub(super) const FUNCTIONS: &[&[Function]] =
    &[fields::FUNCTIONS, shift::FUNCTIONS, instant::FUNCTIONS, pattern::FUNCTIONS];

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
