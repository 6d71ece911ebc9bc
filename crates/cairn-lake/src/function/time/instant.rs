//! Moments from and to ISO 8601 and seconds since 1970, and moments in zones.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, FieldRef, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};

use super::super::call::{Call, known, zone_of};
use super::super::civil::zone::{self, Zone};
use super::super::civil::{Date, MINUTE, split};
use super::super::fault::fault;
use super::super::scalar::{Function, form, form_as, function};
use super::{beyond, iso, moments, timestamps};
use crate::render;

pub(super) const FUNCTIONS: &[Function] = &[
    function("from_iso8601_timestamp", &[form("varchar -> timestamp with time zone", from_iso)]),
    function("from_iso8601_date", &[form("varchar -> date", from_iso_date)]),
    function("to_iso8601", &[form("S -> varchar", to_iso), form("date -> varchar", to_iso_date)]),
    function(
        "from_unixtime",
        &[
            form("double -> timestamp with time zone", from_unixtime),
            form_as("double, varchar -> timestamp", zoned, from_unixtime),
            form_as("double, bigint, bigint -> timestamp", offset, from_unixtime),
        ],
    ),
    function("to_unixtime", &[form("S -> double", to_unixtime)]),
    function("at_timezone", &[form_as("S, varchar -> S", zoned, at_timezone)]),
    function("with_timezone", &[form_as("timestamp, varchar -> S", zoned, with_timezone)]),
    function("human_readable_seconds", &[form("double -> varchar", human_readable)]),
];

fn from_iso(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        match iso::moment(text) {
            Some((micros, _)) => Ok(Some(micros)),
            None => Err(fault(format!("Invalid format: \"{text}\""))),
        }
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<TimestampMicrosecondArray>>()?))
}

fn from_iso_date(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        match iso::date(text) {
            Some(date) => Ok(Some(date.days() as i32)),
            None => Err(fault(format!("Invalid format: \"{text}\""))),
        }
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Date32Array>>()?))
}

fn to_iso(call: &Call<'_>) -> Result<ArrayRef> {
    let (instants, of) = (moments(call, 0), call.array(0).data_type());
    let (zone, plain) = (super::zone(of)?, zone_of(of).is_none());
    let of = |row| {
        let micros = known!(instants(row));
        let ahead = zone.ahead(micros).ok_or_else(beyond)?;
        let (date, clock) = split(micros.checked_add(ahead).ok_or_else(beyond)?);
        let mut text = String::new();
        render::push_date(date, &mut text);
        text.push_str(&format!(
            "T{:02}:{:02}:{:02}.{:03}",
            clock.hour,
            clock.minute,
            clock.second,
            clock.millis()
        ));
        match zone::of_minutes(ahead / MINUTE).as_str() {
            _ if plain => {}
            "UTC" => text.push('Z'),
            offset => text.push_str(offset),
        }
        Ok(Some(text))
    };
    call.texts(of)
}

fn to_iso_date(call: &Call<'_>) -> Result<ArrayRef> {
    let days = call.day(0);
    let of = |row| {
        days.get(row).map(|day| {
            let mut text = String::new();
            render::push_date(Date::of_days(day.into()), &mut text);
            text
        })
    };
    call.texts(|row| Ok(of(row)))
}

fn from_unixtime(call: &Call<'_>) -> Result<ArrayRef> {
    let seconds = call.double(0);
    timestamps(call, |row| {
        let seconds = known!(seconds.get(row));
        let millis = (seconds * 1000.0).round();
        let sound = millis.is_finite() && millis.abs() < 9.2e15;
        sound.then(|| Some(millis as i64 * 1000)).ok_or_else(beyond)
    })
}

fn to_unixtime(call: &Call<'_>) -> Result<ArrayRef> {
    let instants = moments(call, 0);
    let of = |row| instants(row).map(|micros| micros as f64 / 1e6);
    Ok(Arc::new((0..call.rows).map(of).collect::<Float64Array>()))
}

/// A timestamp in the zone that the last argument names. The zone is part of the type, so it has to
/// be known before there are rows.
fn zoned(name: &str, _: &[FieldRef], constants: &[Option<&ScalarValue>]) -> Result<Field> {
    let Some(constant) = constants.last().copied().flatten() else {
        return plan_err!("the time zone has to be a text in quotes, such as 'Europe/Berlin'");
    };
    let zone = match constant.try_as_str() {
        Some(Some(zone)) => zone::parse(zone)?,
        _ => "UTC".to_owned(),
    };
    Ok(Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into())), true))
}

fn offset(name: &str, _: &[FieldRef], constants: &[Option<&ScalarValue>]) -> Result<Field> {
    let number = |at: usize| match constants.get(at).copied().flatten() {
        Some(ScalarValue::Int64(Some(number))) => *number,
        _ => 0,
    };
    let minutes = number(1).saturating_mul(60).saturating_add(number(2));
    if minutes.abs() > 14 * 60 {
        return Err(fault(format!("Invalid offset minutes {minutes}")));
    }
    let zone = zone::of_minutes(minutes);
    Ok(Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into())), true))
}

fn at_timezone(call: &Call<'_>) -> Result<ArrayRef> {
    let (given, zone) = (moments(call, 0), call.text(1));
    timestamps(call, |row| {
        zone::parse(known!(zone.get(row)))?;
        Ok(given(row))
    })
}

/// The moment at which a zone's wall shows a time.
fn with_timezone(call: &Call<'_>) -> Result<ArrayRef> {
    let (walls, zone) = (call.time(0)?, call.text(1));
    timestamps(call, |row| {
        let zone = Zone::named(&zone::parse(known!(zone.get(row)))?)?;
        zone.instant(known!(walls.get(row))).map(Some).ok_or_else(beyond)
    })
}

fn human_readable(call: &Call<'_>) -> Result<ArrayRef> {
    let seconds = call.double(0);
    let of = |row| {
        let seconds = known!(seconds.get(row));
        if !seconds.is_finite() {
            return Err(fault(format!("Invalid argument found: {}", render::double(seconds))));
        }
        Ok(Some(spelled(seconds.abs().round() as u64)))
    };
    call.texts(of)
}

fn spelled(seconds: u64) -> String {
    const UNITS: [(&str, u64); 5] =
        [("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];
    let mut left = seconds;
    let mut parts = Vec::new();
    for (unit, length) in UNITS {
        let count = left / length;
        left %= length;
        match count {
            0 => {}
            1 => parts.push(format!("1 {unit}")),
            _ => parts.push(format!("{count} {unit}s")),
        }
    }
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(", ") }
}
