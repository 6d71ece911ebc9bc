//! Between moments and what a clock on the wall of a zone shows.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::temporal_conversions::as_datetime_with_timezone;
use datafusion::common::Result;

use super::super::fault::fault;
use super::{HOUR, MINUTE};

/// A zone's name as it is kept, if there is such a zone: `UTC`, `+05:30`, `Europe/Berlin`.
pub(crate) fn parse(name: &str) -> Result<String> {
    let unknown = || fault(format!("'{name}' is not a valid time zone"));
    let upper = name.to_ascii_uppercase();
    if matches!(upper.as_str(), "UTC" | "Z" | "GMT" | "UT" | "ZULU") {
        return Ok("UTC".to_owned());
    }
    let offset = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
    if offset.starts_with(['+', '-']) {
        let minutes = minutes(offset).ok_or_else(unknown)?;
        return Ok(of_minutes(minutes));
    }
    name.parse::<Tz>().map_err(|_| unknown())?;
    Ok(name.to_owned())
}

/// The minutes of an offset: `+05:30`, `-0800`, `+1`. `None` beyond 14 hours.
pub(crate) fn minutes(offset: &str) -> Option<i64> {
    let (sign, digits) = match offset.as_bytes().first()? {
        b'+' => (1, &offset[1..]),
        b'-' => (-1, &offset[1..]),
        _ => return None,
    };
    let digit = |text: &str| -> Option<i64> {
        let sound = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if sound { text.parse().ok() } else { None }
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if hours.len() <= 2 && minutes.len() == 2 => {
            (digit(hours)?, digit(minutes)?)
        }
        (None, 1 | 2) => (digit(digits)?, 0),
        (None, 4) if digits.is_ascii() => (digit(&digits[..2])?, digit(&digits[2..])?),
        _ => return None,
    };
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 14 * 60).then_some(sign * all)
}

/// The name of an offset.
pub(crate) fn of_minutes(minutes: i64) -> String {
    if minutes == 0 {
        return "UTC".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// How far a zone's wall is ahead of UTC at a moment, in microseconds.
pub(crate) fn ahead(micros: i64, zone: &str) -> Option<i64> {
    if zone == "UTC" {
        return Some(0);
    }
    if let Some(minutes) = minutes(zone) {
        return Some(minutes * MINUTE);
    }
    let zone: Tz = zone.parse().ok()?;
    let there = as_datetime_with_timezone::<TimestampMicrosecondType>(micros, zone)?;
    let wall = there.naive_local().and_utc().timestamp_micros();
    let ahead = wall.checked_sub(micros)?;
    (ahead.abs() < 30 * HOUR).then_some(ahead)
}

/// The wall's time of a moment.
pub(crate) fn wall(micros: i64, zone: &str) -> Option<i64> {
    micros.checked_add(ahead(micros, zone)?)
}

/// The walls' times of moments.
pub(crate) fn to_wall(
    instants: &TimestampMicrosecondArray,
    zone: &str,
) -> Result<TimestampMicrosecondArray> {
    if matches!(zone, "UTC" | "+00:00") {
        return Ok(instants.clone().with_timezone_opt(None::<Arc<str>>));
    }
    let beyond = || fault(format!("a timestamp lies beyond the zone '{zone}'"));
    instants
        .iter()
        .map(|micros| micros.map(|micros| wall(micros, zone).ok_or_else(beyond)).transpose())
        .collect()
}

/// The moments at which walls show times.
pub(crate) fn from_wall(walls: TimestampMicrosecondArray, zone: &str) -> Result<ArrayRef> {
    let walls: ArrayRef = Arc::new(walls);
    let zoned = DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()));
    if matches!(zone, "UTC" | "+00:00") {
        let walls = walls.as_primitive::<TimestampMicrosecondType>().clone();
        return Ok(Arc::new(walls.with_timezone(zone)));
    }
    Ok(cast(&walls, &zoned)?)
}

#[cfg(test)]
mod tests {
    use super::{minutes, parse, wall};

    #[test]
    fn zones_have_one_name() {
        let cases = [
            ("utc", "UTC"),
            ("Z", "UTC"),
            ("+00:00", "UTC"),
            ("+5:30", "+05:30"),
            ("-0800", "-08:00"),
            ("UTC+1", "+01:00"),
            ("Europe/Berlin", "Europe/Berlin"),
        ];
        for (given, kept) in cases {
            assert_eq!(parse(given).unwrap(), kept, "{given}");
        }
        for wrong in ["", "+", "+15:00", "+01:60", "Mars/Base", "+1:2:3", "+\u{e4}1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(minutes("-03:30"), Some(-210));
    }

    #[test]
    fn a_zone_with_summer_time_is_ahead_by_the_season() {
        let winter = wall(1_704_067_200_000_000, "America/New_York");
        assert_eq!(winter, Some(1_704_067_200_000_000 - 5 * 3_600_000_000));
        let summer = wall(1_719_792_000_000_000, "America/New_York");
        assert_eq!(summer, Some(1_719_792_000_000_000 - 4 * 3_600_000_000));
    }
}
