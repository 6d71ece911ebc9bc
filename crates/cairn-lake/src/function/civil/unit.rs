//! The units that times are counted and cut in.

use super::{Clock, DAY, Date, HOUR, MINUTE, SECOND, field, joined, split};

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    /// By its name, in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        const UNITS: [(&str, Unit); 9] = [
            ("millisecond", Unit::Millisecond),
            ("second", Unit::Second),
            ("minute", Unit::Minute),
            ("hour", Unit::Hour),
            ("day", Unit::Day),
            ("week", Unit::Week),
            ("month", Unit::Month),
            ("quarter", Unit::Quarter),
            ("year", Unit::Year),
        ];
        UNITS.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(name)).map(|(_, unit)| *unit)
    }

    /// Whether a date can be counted in it.
    pub(crate) fn of_dates(self) -> bool {
        self.micros().is_none_or(|micros| micros >= DAY)
    }

    /// Whether it is less than a day.
    pub(crate) fn of_clocks(self) -> bool {
        self.micros().is_some_and(|micros| micros < DAY)
    }

    /// Its length, if it always has the same.
    fn micros(self) -> Option<i64> {
        match self {
            Self::Millisecond => Some(1000),
            Self::Second => Some(SECOND),
            Self::Minute => Some(MINUTE),
            Self::Hour => Some(HOUR),
            Self::Day => Some(DAY),
            Self::Week => Some(7 * DAY),
            Self::Month | Self::Quarter | Self::Year => None,
        }
    }

    fn months(self) -> i64 {
        match self {
            Self::Year => 12,
            Self::Quarter => 3,
            _ => 1,
        }
    }

    /// The moment so many units later; `None` if it lies beyond what a timestamp holds.
    pub(crate) fn add(self, count: i64, micros: i64) -> Option<i64> {
        if let Some(length) = self.micros() {
            return micros.checked_add(count.checked_mul(length)?);
        }
        let (date, clock) = split(micros);
        joined(date.plus_months(count.checked_mul(self.months())?)?, clock)
    }

    /// How many whole units lie between two moments; negative if the second comes first.
    pub(crate) fn between(self, from: i64, to: i64) -> Option<i64> {
        if let Some(length) = self.micros() {
            return Some(to.checked_sub(from)? / length);
        }
        if to < from {
            return self.between(to, from).map(|count| -count);
        }
        let ((a, _), (b, _)) = (split(from), split(to));
        let months = (b.year - a.year) * 12 + i64::from(b.month) - i64::from(a.month);
        // The last month does not count unless it is whole.
        let whole = Self::Month.add(months, from)? <= to;
        Some((months - i64::from(!whole)) / self.months())
    }

    /// The moment at which the unit begins that a moment lies in.
    pub(crate) fn floor(self, micros: i64) -> Option<i64> {
        match self {
            Self::Week => {
                let days = micros.div_euclid(DAY);
                let monday = days - (field::day_of_week(Date::of_days(days)) - 1);
                monday.checked_mul(DAY)
            }
            Self::Month | Self::Quarter | Self::Year => {
                let (date, _) = split(micros);
                let month = match self {
                    Self::Year => 1,
                    Self::Quarter => (date.month - 1) / 3 * 3 + 1,
                    _ => date.month,
                };
                joined(Date { month, day: 1, ..date }, Clock::MIDNIGHT)
            }
            _ => {
                let length = self.micros()?;
                micros.div_euclid(length).checked_mul(length)
            }
        }
    }

    /// `floor` for many moments; `None` if the unit's length differs, or if one of them lies too
    /// far back. Lengths are constants here, because a division by a constant is a multiplication.
    pub(crate) fn floor_all(self, moments: &[i64]) -> Option<Vec<i64>> {
        match self {
            Self::Millisecond => multiples::<1000>(moments),
            Self::Second => multiples::<SECOND>(moments),
            Self::Minute => multiples::<MINUTE>(moments),
            Self::Hour => multiples::<HOUR>(moments),
            Self::Day => multiples::<DAY>(moments),
            Self::Week | Self::Month | Self::Quarter | Self::Year => None,
        }
    }
}

/// The multiples of a length that are not above the given moments.
fn multiples<const LENGTH: i64>(moments: &[i64]) -> Option<Vec<i64>> {
    let mut beyond = false;
    let below = moments.iter().map(|moment| {
        let below = moment.div_euclid(LENGTH).wrapping_mul(LENGTH);
        beyond |= below > *moment;
        below
    });
    let below = below.collect();
    (!beyond).then_some(below)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Unit; 9] = [
        Unit::Millisecond,
        Unit::Second,
        Unit::Minute,
        Unit::Hour,
        Unit::Day,
        Unit::Week,
        Unit::Month,
        Unit::Quarter,
        Unit::Year,
    ];

    proptest! {
        #[test]
        fn many_moments_are_cut_as_each_is(moments in prop::collection::vec(any::<i64>(), 0..40)) {
            for unit in ALL {
                if let Some(below) = unit.floor_all(&moments) {
                    let each: Option<Vec<i64>> = moments.iter().map(|at| unit.floor(*at)).collect();
                    prop_assert_eq!(Some(below), each);
                }
            }
        }
    }

    #[test]
    fn a_moment_too_far_back_is_left_to_the_one_that_says_so() {
        assert_eq!(Unit::Day.floor_all(&[0, i64::MIN]), None);
        assert_eq!(Unit::Day.floor_all(&[-1, DAY]), Some(vec![-DAY, DAY]));
    }
}
