//! Time comes in through [`Clock`]; nothing else in the house asks the operating system for it.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Milliseconds since 1970-01-01T00:00:00Z. Records show whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    pub const EPOCH: Timestamp = Timestamp(0);
    /// 9999-12-31T23:59:59Z, the last instant that the record's time format can write.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_000);

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded towards the past.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Days since 1970-01-01, in UTC: the partition a record belongs to.
    pub const fn day(self) -> i64 {
        self.seconds().div_euclid(86_400)
    }

    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    /// Reads `YYYY-MM-DDThh:mm:ssZ` on a fast path, any other RFC 3339 instant on a slower one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(seconds) = parse_plain(text.as_bytes()) {
            return Some(Self::from_seconds(seconds));
        }
        let instant: jiff::Timestamp = text.parse().ok()?;
        let found = Self(instant.as_millisecond());
        (found >= Self::EPOCH && found <= Self::MAX).then_some(found)
    }

    /// `YYYYMMDDThhmmssZ`, as SigV4 writes it.
    pub fn basic(self) -> String {
        let (y, mo, d, h, mi, s) = self.civil();
        format!("{y:04}{mo:02}{d:02}T{h:02}{mi:02}{s:02}Z")
    }

    /// Reads `YYYYMMDDThhmmssZ`.
    pub fn parse_basic(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() != 16 || b[8] != b'T' || b[15] != b'Z' {
            return None;
        }
        let seconds = from_civil(
            digits(&b[..4])?,
            digits(&b[4..6])?,
            digits(&b[6..8])?,
            digits(&b[9..11])?,
            digits(&b[11..13])?,
            digits(&b[13..15])?,
        )?;
        Some(Self::from_seconds(seconds))
    }

    fn civil(self) -> (i64, i64, i64, i64, i64, i64) {
        let seconds = self.seconds().clamp(0, Self::MAX.seconds());
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        // Days are counted in 400-year eras that begin on 1 March of year 0, so that the leap day
        // is the last of its year.
        let shifted = days + 719_468;
        let era = shifted / 146_097;
        let of_era = shifted % 146_097;
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day, rest / 3600, rest / 60 % 60, rest % 60)
    }
}

/// `YYYY-MM-DDThh:mm:ssZ`, the form of `eventTime`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, mo, d, h, mi, s) = self.civil();
        write!(f, "{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}Z")
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0i64, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0'))
    })
}

fn parse_plain(b: &[u8]) -> Option<i64> {
    if b.len() != 20 || b[4] != b'-' || b[7] != b'-' || b[10] != b'T' {
        return None;
    }
    if b[13] != b':' || b[16] != b':' || b[19] != b'Z' {
        return None;
    }
    from_civil(
        digits(&b[..4])?,
        digits(&b[5..7])?,
        digits(&b[8..10])?,
        digits(&b[11..13])?,
        digits(&b[14..16])?,
        digits(&b[17..19])?,
    )
}

/// Seconds since the epoch; `None` for a date that does not exist or lies before 1970.
fn from_civil(y: i64, mo: i64, d: i64, h: i64, mi: i64, s: i64) -> Option<i64> {
    let leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let length = match mo {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if y < 1970 || d < 1 || d > length || h > 23 || mi > 59 || s > 59 {
        return None;
    }
    let year = if mo <= 2 { y - 1 } else { y };
    let (era, of_era_year) = (year / 400, year % 400);
    let from_march = if mo > 2 { mo - 3 } else { mo + 9 };
    let of_year = (153 * from_march + 2) / 5 + d - 1;
    let of_era = of_era_year * 365 + of_era_year / 4 - of_era_year / 100 + of_year;
    let days = era * 146_097 + of_era - 719_468;
    Some(days * 86_400 + h * 3600 + mi * 60 + s)
}

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock.
    fn now(&self) -> Timestamp;
    /// Time since some fixed instant; never goes back. Durations are differences of this.
    fn elapsed(&self) -> Duration;
}

/// The operating system's clocks.
#[derive(Debug)]
pub struct SystemClock {
    started: std::time::Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes in through")]
    fn default() -> Self {
        Self { started: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the door that time comes in through")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |since| since.as_millis() as i64))
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The operating system's clocks, which can be moved ahead: for servers that are tried out, and for
/// tests that wait for hours.
#[derive(Debug, Default)]
pub struct DevClock {
    system: SystemClock,
    /// Milliseconds.
    ahead: AtomicI64,
}

impl DevClock {
    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        self.ahead.fetch_add(millis(by), Ordering::Relaxed);
    }
}

impl Clock for DevClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp(self.system.now().0.saturating_add(ahead))
    }

    fn elapsed(&self) -> Duration {
        let ahead = self.ahead.load(Ordering::Relaxed);
        self.system.elapsed() + Duration::from_millis(ahead.max(0) as u64)
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<(Timestamp, Duration)>,
}

impl ManualClock {
    pub fn new(start: Timestamp) -> Self {
        Self { state: Mutex::new((start, Duration::ZERO)) }
    }

    /// Moves both clocks forward.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        *state = (state.0.saturating_add(by), state.1 + by);
    }

    /// Sets the wall clock alone, also back.
    pub fn set(&self, now: Timestamp) {
        self.lock().0 = now;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (Timestamp, Duration)> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().0
    }

    fn elapsed(&self) -> Duration {
        self.lock().1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_instants() {
        let at = Timestamp::parse("2024-02-29T23:59:59Z").unwrap();
        assert_eq!(at.seconds(), 1_709_251_199);
        assert_eq!(at.basic(), "20240229T235959Z");
        assert_eq!(Timestamp::parse_basic("20240229T235959Z"), Some(at));
        assert_eq!(
            Timestamp::parse("2024-02-29T23:59:59.250+01:00").unwrap().millis(),
            1_709_247_599_250
        );
        for bad in ["", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z"] {
            assert_eq!(Timestamp::parse(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn writing_and_reading_agree(seconds in 0..Timestamp::MAX.seconds()) {
            let at = Timestamp::from_seconds(seconds);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
            prop_assert_eq!(Timestamp::parse_basic(&at.basic()), Some(at));
            let other: jiff::Timestamp = at.to_string().parse().unwrap();
            prop_assert_eq!(other.as_second(), seconds);
        }
    }
}
