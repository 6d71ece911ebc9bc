//! Days and times of the Gregorian calendar as plain numbers: microseconds and days from 1970.

pub(super) mod field;
pub(super) mod unit;
pub(crate) mod zone;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: u8,
    /// 1 to 31.
    pub(crate) day: u8,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Clock {
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) micros: u32,
}

/// The day and the time of day of a moment.
pub(crate) fn split(micros: i64) -> (Date, Clock) {
    let in_day = micros.rem_euclid(DAY);
    let clock = Clock {
        hour: (in_day / HOUR) as u8,
        minute: (in_day / MINUTE % 60) as u8,
        second: (in_day / SECOND % 60) as u8,
        micros: (in_day % SECOND) as u32,
    };
    (Date::of_days(micros.div_euclid(DAY)), clock)
}

/// The moment of a day and a time of day; `None` if it lies beyond what a timestamp holds.
pub(crate) fn joined(date: Date, clock: Clock) -> Option<i64> {
    let seconds =
        i64::from(clock.hour) * 3600 + i64::from(clock.minute) * 60 + i64::from(clock.second);
    let in_day = seconds * SECOND + i64::from(clock.micros);
    date.days().checked_mul(DAY)?.checked_add(in_day)
}

impl Date {
    /// `None` for a day that the calendar does not have, or a year no one writes.
    pub(crate) fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let sound = (-290_000..=290_000).contains(&year)
            && (1..=12).contains(&month)
            && (1..=i64::from(days_of_month(year, month as u8))).contains(&day);
        sound.then_some(Self { year, month: month as u8, day: day as u8 })
    }

    pub(crate) fn of_days(days: i64) -> Self {
        // A year begins in March here, so that the leap day is the last of its year.
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u8;
        let month =
            (if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 }) as u8;
        Self { year: year_of_era + era * 400 + i64::from(month <= 2), month, day }
    }

    pub(crate) fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    /// The day so many months away, or the last of its month where it has no such day.
    pub(crate) fn plus_months(self, months: i64) -> Option<Self> {
        let count = (self.year * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let (year, month) = (count.div_euclid(12), (count.rem_euclid(12) + 1) as u8);
        if !(-290_000..=290_000).contains(&year) {
            return None;
        }
        Some(Self { year, month, day: self.day.min(days_of_month(year, month)) })
    }
}

impl Clock {
    pub(crate) const MIDNIGHT: Self = Self { hour: 0, minute: 0, second: 0, micros: 0 };

    pub(crate) fn millis(self) -> u32 {
        self.micros / 1000
    }
}

pub(crate) fn days_of_month(year: i64, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use super::{Clock, DAY, Date, joined, split};

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        for days in (-800_000..800_000).step_by(97) {
            let date = Date::of_days(days);
            assert_eq!(date.days(), days);
            assert_eq!(Date::new(date.year, date.month.into(), date.day.into()), Some(date));
        }
        assert_eq!(Date::of_days(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(Date::of_days(19_782), Date { year: 2024, month: 2, day: 29 });
        assert_eq!(Date::new(2023, 2, 29), None);
    }

    #[test]
    fn the_last_days_of_months_stay_in_their_months() {
        let date = Date::new(2024, 1, 31).unwrap();
        assert_eq!(date.plus_months(1), Date::new(2024, 2, 29));
        assert_eq!(date.plus_months(-2), Date::new(2023, 11, 30));
        assert_eq!(date.plus_months(i64::MAX), None);
    }

    #[test]
    fn moments_before_1970_are_split_towards_the_past() {
        let (date, clock) = split(-1);
        assert_eq!(date, Date { year: 1969, month: 12, day: 31 });
        assert_eq!(clock, Clock { hour: 23, minute: 59, second: 59, micros: 999_999 });
        for micros in [i64::MIN, -DAY, -1, 0, 1, DAY, i64::MAX] {
            let (date, clock) = split(micros);
            assert!(joined(date, clock).is_none_or(|back| back == micros));
        }
    }
}
