//! Times that a question names: `last 7 days`, `yesterday`, `between 2026-01-01 and 2026-02-01`.

use std::ops::Range;

use cairn_core::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// From and until; an end that is not named is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
}

/// The time that the words of a question name, and which words do; they are in small letters.
pub(super) fn find(words: &[String], now: Timestamp) -> Option<(Span, Range<usize>)> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (0..words.len()).find_map(|at| {
        let rest = &words[at..];
        let found = relative(rest, now)
            .or_else(|| ago(rest, now))
            .or_else(|| calendar(rest, now))
            .or_else(|| dates(rest))
            .or_else(|| month(rest, now));
        found.map(|(span, count)| (span, at..at + count))
    })
}

/// `last 7 days`, `past hour`, `previous two weeks`.
fn relative(words: &[&str], now: Timestamp) -> Option<(Span, usize)> {
    let (first, rest) = words.split_first()?;
    if !["last", "past", "previous", "recent"].contains(first) {
        return None;
    }
    let (count, unit, used) = match rest {
        [unit, ..] if seconds(unit).is_some() => (1, *unit, 2),
        [count, unit, ..] => (number(count)?, *unit, 3),
        _ => return None,
    };
    Some((since(back(now, count, unit)?), used))
}

/// `3 days ago`, after `since` or alone.
fn ago(words: &[&str], now: Timestamp) -> Option<(Span, usize)> {
    match words {
        [count, unit, "ago", ..] => Some((since(back(now, number(count)?, unit)?), 3)),
        _ => None,
    }
}

/// `today`, `yesterday`, `this month`.
fn calendar(words: &[&str], now: Timestamp) -> Option<(Span, usize)> {
    let today = Timestamp::from_seconds(now.seconds().div_euclid(DAY) * DAY);
    match words {
        ["today", ..] => Some((since(today), 1)),
        ["yesterday", ..] => {
            let from = Timestamp::from_seconds(today.seconds() - DAY);
            Some((Span { from: Some(from), until: Some(today) }, 1))
        }
        ["this", "week", ..] => {
            // 1970-01-01 was a Thursday; weeks begin on Mondays.
            let weekday = (today.seconds() / DAY + 3).rem_euclid(7);
            Some((since(Timestamp::from_seconds(today.seconds() - weekday * DAY)), 2))
        }
        ["this", "month", ..] => Some((since(start_of(now, 7)?), 2)),
        ["this", "year", ..] => Some((since(start_of(now, 4)?), 2)),
        _ => None,
    }
}

/// `between A and B`, `from A to B`, `since A`, `before B`, `on A`, `A`.
fn dates(words: &[&str]) -> Option<(Span, usize)> {
    match words {
        ["between" | "from", first, "and" | "to" | "until", second, ..] => {
            Some((Span { from: Some(date(first)?.0), until: Some(date(second)?.1) }, 4))
        }
        ["since" | "after" | "starting", first, ..] => Some((since(date(first)?.0), 2)),
        ["before" | "until", second, ..] => {
            Some((Span { from: None, until: Some(date(second)?.0) }, 2))
        }
        [first, ..] => {
            let (from, until) = date(first)?;
            Some((Span { from: Some(from), until: Some(until) }, 1))
        }
        [] => None,
    }
}

/// `march 2026`, and `in march`: the newest one.
fn month(words: &[&str], now: Timestamp) -> Option<(Span, usize)> {
    let (month, year) = match words {
        [month, year, ..] if year.len() == 4 && year.parse::<u32>().is_ok() => {
            (month_number(month)?, year.parse().ok()?)
        }
        ["in" | "during", month, ..] => {
            let month = month_number(month)?;
            let text = now.to_string();
            let (year, current) = (text[..4].parse::<u32>().ok()?, text[5..7].parse::<u32>().ok()?);
            (month, if month > current { year - 1 } else { year })
        }
        _ => return None,
    };
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let first =
        |year: u32, month: u32| Timestamp::parse(&format!("{year:04}-{month:02}-01T00:00:00Z"));
    Some((Span { from: Some(first(year, month)?), until: Some(first(next_year, next)?) }, 2))
}

fn since(from: Timestamp) -> Span {
    Span { from: Some(from), until: None }
}

/// The first instant of a date or time, and the first one after it.
fn date(text: &str) -> Option<(Timestamp, Timestamp)> {
    let text = text.trim_end_matches('z').replace('t', "T");
    let (whole, length) = match text.len() {
        10 => (format!("{text}T00:00:00Z"), DAY),
        16 => (format!("{text}:00Z"), MINUTE),
        _ => (format!("{text}Z"), 1),
    };
    let from = Timestamp::parse(&whole)?;
    Some((from, Timestamp::from_seconds(from.seconds() + length)))
}

fn back(now: Timestamp, count: i64, unit: &str) -> Option<Timestamp> {
    let length = seconds(unit)?;
    Some(Timestamp::from_seconds(now.seconds() - count.checked_mul(length)?))
}

/// A month has 30 days here, and a year 365.
fn seconds(unit: &str) -> Option<i64> {
    Some(match unit.trim_end_matches('s') {
        "minute" | "min" => MINUTE,
        "hour" | "hr" => HOUR,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => return None,
    })
}

fn number(text: &str) -> Option<i64> {
    const WORDS: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    match text {
        "a" | "an" => Some(1),
        "couple" => Some(2),
        "few" => Some(3),
        _ => {
            let word = WORDS.iter().position(|word| *word == text).map(|at| at as i64);
            word.or_else(|| text.parse().ok()).filter(|number| (1..=10_000).contains(number))
        }
    }
}

fn month_number(text: &str) -> Option<u32> {
    let is_it = |month: &str| month == text || (text.len() == 3 && month.starts_with(text));
    MONTHS.iter().position(|month| is_it(month)).map(|at| at as u32 + 1)
}

/// The first instant of the month (`digits` 7) or year (4).
fn start_of(now: Timestamp, digits: usize) -> Option<Timestamp> {
    let text = &now.to_string()[..digits];
    let rest = if digits == 4 { "-01-01" } else { "-01" };
    Timestamp::parse(&format!("{text}{rest}T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        // A Saturday.
        let now = Timestamp::parse("2026-11-21T09:05:07Z").unwrap();
        let cases = [
            ("in the last 7 days", "2026-11-14T09:05:07Z", ""),
            ("past week", "2026-11-14T09:05:07Z", ""),
            ("past three weeks", "2026-10-31T09:05:07Z", ""),
            ("last hour", "2026-11-21T08:05:07Z", ""),
            ("past month", "2026-10-22T09:05:07Z", ""),
            ("since 2 days ago", "2026-11-19T09:05:07Z", ""),
            ("today", "2026-11-21T00:00:00Z", ""),
            ("yesterday", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
            ("this week", "2026-11-16T00:00:00Z", ""),
            ("this month", "2026-11-01T00:00:00Z", ""),
            ("this year", "2026-01-01T00:00:00Z", ""),
            ("between 2026-01-01 and 2026-01-31", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
            ("since 2026-04-18t10:00:00z", "2026-04-18T10:00:00Z", ""),
            ("before 2026-04-18", "", "2026-04-18T00:00:00Z"),
            ("on 2024-05-01", "2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"),
            ("in march", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            ("in december", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("may 2025", "2025-05-01T00:00:00Z", "2025-06-01T00:00:00Z"),
        ];
        for (text, from, until) in cases {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let (span, _) = find(&words, now).unwrap_or_else(|| panic!("{text}"));
            let shown =
                |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
            assert_eq!(
                (shown(span.from), shown(span.until)),
                (from.to_owned(), until.to_owned()),
                "{text}"
            );
        }
        for nothing in ["failed logins", "last user", "users may call", "past", "2026-13-01"] {
            let words: Vec<String> = nothing.split(' ').map(str::to_owned).collect();
            assert_eq!(find(&words, now), None, "{nothing}");
        }
    }
}
