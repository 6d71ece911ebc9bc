//! Times as people write them: `2h`, `yesterday`, `2026-11-20T08:00`, or any RFC 3339 instant.

use std::str::FromStr;
use std::time::Duration;

use cairn_core::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

/// A point in time, before it is known what time it is now and where.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TimeArg {
    /// That long before now.
    Ago(Duration),
    /// Midnight that many days before today.
    DaysAgo(i64),
    /// A date and time without a zone.
    Civil(DateTime),
    Instant(Timestamp),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TimeError {
    #[error(
        "write a time as 30m, 2h, 7d (ago), now, today, yesterday, 2026-11-20, \
         2026-11-20T08:00 or 2026-11-20T08:00:00Z"
    )]
    Form,
    #[error("the time lies outside the years 1970 to 9999")]
    Range,
    #[error("--since is later than --until: no event can be between them; exchange the two")]
    Order,
}

impl TimeArg {
    /// The instant meant, where a time without a zone belongs to `zone`.
    pub(crate) fn resolve(self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, TimeError> {
        match self {
            Self::Instant(at) => Ok(at),
            Self::Ago(ago) => {
                i64::try_from(ago.as_millis()).map_err(|_| TimeError::Range)?;
                Ok(now.saturating_sub(ago))
            }
            Self::DaysAgo(days) => {
                let today = instant(now)?.to_zoned(zone.clone()).date();
                let day = today.checked_sub(days.days()).map_err(|_| TimeError::Range)?;
                zoned(day.to_datetime(Time::midnight()), zone)
            }
            Self::Civil(at) => zoned(at, zone),
        }
    }
}

impl FromStr for TimeArg {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        match text {
            "now" => return Ok(Self::Ago(Duration::ZERO)),
            "today" => return Ok(Self::DaysAgo(0)),
            "yesterday" => return Ok(Self::DaysAgo(1)),
            _ => {}
        }
        if let Some(ago) = ago(text) {
            return Ok(Self::Ago(ago));
        }
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Ok(Self::Instant(Timestamp::from_millis(at.as_millisecond())));
        }
        if let Ok(at) = text.parse::<DateTime>() {
            return Ok(Self::Civil(at));
        }
        let day = text.parse::<Date>().map_err(|_| TimeError::Form)?;
        Ok(Self::Civil(day.to_datetime(Time::midnight())))
    }
}

/// `at` as RFC 3339 in `zone`, to the second.
pub(crate) fn show(at: Timestamp, zone: &TimeZone) -> String {
    let Ok(instant) = instant(at) else {
        return at.to_string();
    };
    let zoned = instant.to_zoned(zone.clone());
    if zoned.offset().is_zero() {
        return at.to_string();
    }
    zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `1h30m`: one or more whole numbers, each with its unit.
fn ago(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        let seconds = match rest.as_bytes().get(digits)? {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 7 * 86_400,
            _ => return None,
        };
        total = total.checked_add(Duration::from_secs(number.checked_mul(seconds)?))?;
        rest = &rest[digits + 1..];
    }
    (!text.is_empty()).then_some(total)
}

fn instant(at: Timestamp) -> Result<jiff::Timestamp, TimeError> {
    jiff::Timestamp::from_duration(SignedDuration::from_millis(at.millis()))
        .map_err(|_| TimeError::Range)
}

fn zoned(at: DateTime, zone: &TimeZone) -> Result<Timestamp, TimeError> {
    let found = zone.to_timestamp(at).map_err(|_| TimeError::Range)?;
    Ok(Timestamp::from_millis(found.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21T09:30:00Z, a Saturday in winter time.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_253_400);

    #[track_caller]
    fn check(text: &str, zone: &str, expected: &str) {
        let zone = TimeZone::posix(zone).unwrap();
        let at = text.parse::<TimeArg>().unwrap().resolve(NOW, &zone).unwrap();
        assert_eq!(at.to_string(), expected, "{text} in {zone:?}");
    }

    #[test]
    fn relative_times_count_back_from_now() {
        check("now", "UTC0", "2026-11-21T09:30:00Z");
        check("90s", "UTC0", "2026-11-21T09:28:30Z");
        check("2h", "CET-1", "2026-11-21T07:30:00Z");
        check("1h30m", "UTC0", "2026-11-21T08:00:00Z");
        check("7d", "UTC0", "2026-11-14T09:30:00Z");
        check("1w", "UTC0", "2026-11-14T09:30:00Z");
    }

    #[test]
    fn times_without_a_zone_belong_to_the_one_given() {
        check("yesterday", "UTC0", "2026-11-20T00:00:00Z");
        check("yesterday", "CET-1", "2026-11-19T23:00:00Z");
        check("today", "EST5", "2026-11-21T05:00:00Z");
        check("2026-11-20", "CET-1", "2026-11-19T23:00:00Z");
        check("2026-11-20T08:00", "EST5", "2026-11-20T13:00:00Z");
        check("2026-11-20 08:00:01", "UTC0", "2026-11-20T08:00:01Z");
        check("2026-11-20T08:00:00Z", "EST5", "2026-11-20T08:00:00Z");
        check("2026-11-20T08:00:00+02:00", "EST5", "2026-11-20T06:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for bad in ["", "2", "h", "2x", "2h3", "-2h", "2026-13-01", "tomorrow", "99999999999999w"] {
            assert_eq!(bad.parse::<TimeArg>(), Err(TimeError::Form), "{bad:?}");
        }
    }

    #[test]
    fn a_span_longer_than_the_calendar_is_refused() {
        let long: TimeArg = "999999999999d".parse().unwrap();
        assert_eq!(long.resolve(NOW, &TimeZone::UTC), Err(TimeError::Range));
    }

    #[test]
    fn times_are_shown_in_their_zone() {
        let shown = |zone| show(NOW, &TimeZone::posix(zone).unwrap());
        assert_eq!(shown("UTC0"), "2026-11-21T09:30:00Z");
        assert_eq!(shown("WET0WEST,M3.5.0/1,M10.5.0"), "2026-11-21T09:30:00Z");
        assert_eq!(shown("CET-1"), "2026-11-21T10:30:00+01:00");
    }
}
