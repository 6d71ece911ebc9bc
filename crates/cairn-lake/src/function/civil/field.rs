//! What a calendar says of a day.

use super::Date;

/// Monday is 1, Sunday is 7.
pub(crate) fn day_of_week(date: Date) -> i64 {
    (date.days() + 3).rem_euclid(7) + 1
}

/// The first of January is 1.
pub(crate) fn day_of_year(date: Date) -> i64 {
    date.days() - Date { year: date.year, month: 1, day: 1 }.days() + 1
}

/// The year and week of ISO 8601: the week belongs to the year that has its Thursday.
pub(crate) fn iso_week(date: Date) -> (i64, i64) {
    let thursday = Date::of_days(date.days() + 4 - day_of_week(date));
    (thursday.year, (day_of_year(thursday) - 1) / 7 + 1)
}

pub(crate) fn quarter(date: Date) -> i64 {
    (i64::from(date.month) - 1) / 3 + 1
}

pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(crate) const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The name of a month, 1 to 12.
pub(crate) fn month_name(month: u8) -> &'static str {
    MONTHS[usize::from(month.clamp(1, 12)) - 1]
}

/// The name of a weekday.
pub(crate) fn weekday_name(date: Date) -> &'static str {
    WEEKDAYS[day_of_week(date) as usize - 1]
}

#[cfg(test)]
mod tests {
    use super::{Date, day_of_week, day_of_year, iso_week};

    #[test]
    fn weeks_are_those_of_iso_8601() {
        let cases = [
            ((2021, 1, 3), (2020, 53), 7),
            ((2021, 1, 4), (2021, 1), 1),
            ((2018, 12, 31), (2019, 1), 1),
            ((2024, 2, 29), (2024, 9), 4),
            ((1970, 1, 1), (1970, 1), 4),
        ];
        for ((year, month, day), week, weekday) in cases {
            let date = Date::new(year, month, day).unwrap();
            assert_eq!((iso_week(date), day_of_week(date)), (week, weekday));
        }
        assert_eq!(day_of_year(Date::new(2024, 12, 31).unwrap()), 366);
    }
}
