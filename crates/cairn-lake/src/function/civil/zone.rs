//! Between moments and what a clock on the wall of a zone shows.

use std::sync::Arc;

use arrow::array::TimestampMicrosecondArray;
use arrow::array::timezone::Tz;
use arrow::datatypes::TimestampMicrosecondType;
use arrow::temporal_conversions::{as_datetime, as_datetime_with_timezone};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::fault::fault;
use super::unit::Unit;
use super::{DAY, MINUTE};

/// A zone's name as it is kept, if there is such a zone: `UTC`, `+05:30`, `Europe/Berlin`.
pub(crate) fn parse(name: &str) -> Result<String> {
    let upper = name.to_ascii_uppercase();
    if matches!(upper.as_str(), "UTC" | "Z" | "GMT" | "UT" | "ZULU") {
        return Ok("UTC".to_owned());
    }
    let offset = upper.strip_prefix("UTC").or_else(|| upper.strip_prefix("GMT")).unwrap_or(&upper);
    if offset.starts_with(['+', '-']) {
        let minutes = minutes(offset).ok_or_else(|| unknown(name))?;
        return Ok(of_minutes(minutes));
    }
    Zone::named(name)?;
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

/// A zone, found once for many moments.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Zone {
    /// Always as far ahead of UTC, in microseconds.
    Fixed(i64),
    Named(Tz),
}

/// Beyond these moments the engine has no dates, and what it reckons with them panics.
const REACH: u64 = 8_200_000_000_000_000_000;

impl Zone {
    pub(crate) const UTC: Self = Self::Fixed(0);

    /// By the name as it is kept.
    pub(crate) fn named(name: &str) -> Result<Self> {
        if name == "UTC" {
            return Ok(Self::UTC);
        }
        if let Some(minutes) = minutes(name) {
            return Ok(Self::Fixed(minutes * MINUTE));
        }
        Ok(Self::Named(name.parse::<Tz>().map_err(|_| unknown(name))?))
    }

    /// How far the zone's wall is ahead of UTC at a moment, in microseconds.
    pub(crate) fn ahead(self, micros: i64) -> Option<i64> {
        let zone = match self {
            Self::Fixed(ahead) => return Some(ahead),
            Self::Named(zone) => zone,
        };
        if micros.unsigned_abs() > REACH {
            return None;
        }
        let there = as_datetime_with_timezone::<TimestampMicrosecondType>(micros, zone)?;
        there.naive_local().and_utc().timestamp_micros().checked_sub(micros)
    }

    /// The wall's time of a moment.
    pub(crate) fn wall(self, micros: i64) -> Option<i64> {
        micros.checked_add(self.ahead(micros)?)
    }

    /// The moment at which the wall shows a time: all that reads a time off a wall comes here. Of
    /// two moments, where clocks are set back, it is the earlier one. A time that clocks skip is
    /// moved on by as much as they are, as if they had not been set yet.
    pub(crate) fn instant(self, wall: i64) -> Option<i64> {
        let zone = match self {
            Self::Fixed(ahead) => return wall.checked_sub(ahead),
            Self::Named(zone) => zone,
        };
        if wall.unsigned_abs() > REACH {
            return None;
        }
        let shown = as_datetime::<TimestampMicrosecondType>(wall)?;
        match shown.and_local_timezone(zone).earliest() {
            Some(there) => Some(there.timestamp_micros()),
            // A wall is less than a day from UTC: this is before the clocks are set in any zone.
            None => wall.checked_sub(self.ahead(wall.checked_sub(DAY)?)?),
        }
    }

    /// `instant`, but of two moments that which is as far from UTC as one it was counted from.
    fn instant_from(self, wall: i64, from: i64) -> Option<i64> {
        let ahead = self.ahead(from)?;
        let kept = wall.checked_sub(ahead)?;
        if self.ahead(kept)? == ahead { Some(kept) } else { self.instant(wall) }
    }

    /// The moment so many units later: hours pass, and days are turned on a calendar on the wall.
    pub(crate) fn add(self, unit: Unit, count: i64, from: i64) -> Option<i64> {
        if unit.of_clocks() {
            return unit.add(count, from);
        }
        self.instant_from(unit.add(count, self.wall(from)?)?, from)
    }

    /// How many whole units lie between two moments: hours that passed, or days of the calendar.
    pub(crate) fn between(self, unit: Unit, from: i64, to: i64) -> Option<i64> {
        if unit.of_clocks() {
            return unit.between(from, to);
        }
        unit.between(self.wall(from)?, self.wall(to)?)
    }

    /// The moment at which the unit begins that a moment lies in. Each of two hours that the wall
    /// shows alike begins for itself; a day begins once.
    pub(crate) fn floor(self, unit: Unit, micros: i64) -> Option<i64> {
        let ahead = self.ahead(micros)?;
        let wall = unit.floor(micros.checked_add(ahead)?)?;
        if unit.of_clocks() { wall.checked_sub(ahead) } else { self.instant(wall) }
    }
}

fn unknown(name: &str) -> DataFusionError {
    fault(format!("'{name}' is not a valid time zone"))
}

/// The walls' times of moments.
pub(crate) fn to_wall(
    instants: &TimestampMicrosecondArray,
    name: &str,
) -> Result<TimestampMicrosecondArray> {
    if matches!(name, "UTC" | "+00:00") {
        return Ok(instants.clone().with_timezone_opt(None::<Arc<str>>));
    }
    let zone = Zone::named(name)?;
    let beyond = || fault(format!("a timestamp lies beyond the zone '{name}'"));
    instants
        .iter()
        .map(|micros| micros.map(|micros| zone.wall(micros).ok_or_else(beyond)).transpose())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Date, HOUR};
    use super::*;

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

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    /// Hours from 2026-11-01 00:00 UTC, on which clocks in New York are set back at 06:00.
    fn autumn(hours: i64) -> Option<i64> {
        Some(1_793_491_200_000_000 + hours * HOUR)
    }

    #[test]
    fn a_zone_with_summer_time_is_ahead_by_the_season() {
        let winter = zone("America/New_York").wall(1_704_067_200_000_000);
        assert_eq!(winter, Some(1_704_067_200_000_000 - 5 * HOUR));
        let summer = zone("America/New_York").wall(1_719_792_000_000_000);
        assert_eq!(summer, Some(1_719_792_000_000_000 - 4 * HOUR));
    }

    #[test]
    fn of_two_moments_the_earlier_is_read_off_a_wall() {
        let york = zone("America/New_York");
        let cases = [(0, 4), (1, 5), (2, 7), (3, 8)];
        for (shown, hours) in cases {
            assert_eq!(autumn(shown).and_then(|wall| york.instant(wall)), autumn(hours), "{shown}");
        }
        // The later one stays what is counted from it.
        let later = autumn(6).unwrap();
        assert_eq!(york.add(Unit::Day, 0, later), Some(later));
        assert_eq!(york.add(Unit::Hour, -1, later), autumn(5));
        assert_eq!(york.floor(Unit::Hour, later + MINUTE), Some(later));
        assert_eq!(york.floor(Unit::Day, later), autumn(4));
    }

    #[test]
    fn a_time_that_clocks_skip_is_moved_on_by_as_much() {
        let day = |year, month, day| Date::new(year, month, day).unwrap().days() * DAY;
        // All of 2011-12-30 was skipped in Apia.
        let cases = [
            ("America/New_York", day(2026, 3, 8) + 2 * HOUR, HOUR),
            ("America/Santiago", day(2026, 9, 6), HOUR),
            ("Africa/Cairo", day(2024, 4, 26), HOUR),
            ("Australia/Lord_Howe", day(2026, 10, 4) + 2 * HOUR, 30 * MINUTE),
            ("Pacific/Apia", day(2011, 12, 30), DAY),
        ];
        for (name, skipped, gap) in cases {
            let zone = zone(name);
            for wall in [skipped, skipped + gap / 2, skipped + gap - 1] {
                let moment = zone.instant(wall).unwrap();
                assert_eq!(zone.wall(moment), Some(wall + gap), "{name} {wall}");
            }
            for wall in [skipped - 1, skipped + gap] {
                let moment = zone.instant(wall).unwrap();
                assert_eq!(zone.wall(moment), Some(wall), "{name} {wall}");
            }
        }
    }

    #[test]
    fn moments_beyond_the_dates_of_the_engine_have_no_wall() {
        let tokyo = zone("Asia/Tokyo");
        for micros in [i64::MIN, i64::MAX, 8_210_298_412_799_000_000] {
            assert_eq!((tokyo.wall(micros), tokyo.instant(micros)), (None, None), "{micros}");
        }
        assert_eq!(Zone::UTC.instant(i64::MAX), Some(i64::MAX));
    }
}
