//! Dates and times of ISO 8601, read.

use super::super::civil::field::day_of_week;
use super::super::civil::{Clock, Date, MINUTE, joined, zone};

/// Text, read from the left.
struct Rest<'a>(&'a str);

/// `2026-04-18` and nothing else; months and days may be of one digit.
pub(super) fn plain_date(text: &str) -> Option<Date> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = digits.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |text: &str, most: usize| -> Option<i64> {
        let sound = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if sound { text.parse().ok() } else { None }
    };
    let none_left = parts.next().is_none() && year.len() >= 4;
    none_left.then_some(())?;
    Date::new(sign * number(year, 6)?, number(month, 2)?, number(day, 2)?)
}

/// A date in any form of ISO 8601: `2026-04-18`, `2026-W16-6`, `2026-108`, `2026-04`, `2026`.
pub(super) fn date(text: &str) -> Option<Date> {
    let mut rest = Rest(text);
    let date = rest.date()?;
    rest.0.is_empty().then_some(date)
}

/// A moment: a date, and behind a `T` a time, and an offset. Without one it is UTC's.
/// The offset's minutes come along, if there are any.
pub(super) fn moment(text: &str) -> Option<(i64, Option<i64>)> {
    let mut rest = Rest(text);
    let date = rest.date()?;
    let mut clock = Clock::MIDNIGHT;
    let mut offset = None;
    if rest.passed('T') || rest.passed('t') {
        if rest.0.starts_with(|next: char| next.is_ascii_digit()) {
            clock = rest.clock()?;
        }
        if rest.passed('Z') || rest.passed('z') {
            offset = Some(0);
        } else if !rest.0.is_empty() {
            offset = Some(zone::minutes(rest.0)?);
            rest.0 = "";
        }
    }
    if !rest.0.is_empty() {
        return None;
    }
    let wall = joined(date, clock)?;
    let ahead = offset.unwrap_or_default() * MINUTE;
    Some((wall.checked_sub(ahead)?, offset))
}

impl Rest<'_> {
    fn passed(&mut self, character: char) -> bool {
        match self.0.strip_prefix(character) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// So many digits, no more, no fewer.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.0.get(..count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = &self.0[count..];
        digits.parse().ok()
    }

    fn digits_ahead(&self) -> usize {
        self.0.bytes().take_while(u8::is_ascii_digit).count()
    }

    fn date(&mut self) -> Option<Date> {
        let sign = if self.passed('-') {
            -1
        } else {
            self.passed('+');
            1
        };
        let year = sign * self.digits(self.digits_ahead().clamp(4, 6))?;
        if !self.passed('-') {
            return Date::new(year, 1, 1);
        }
        if self.passed('W') || self.passed('w') {
            let week = self.digits(2)?;
            let weekday = if self.passed('-') { self.digits(1)? } else { 1 };
            return of_week(year, week, weekday);
        }
        if self.digits_ahead() == 3 {
            let day = self.digits(3)?;
            return of_day_of_year(year, day);
        }
        let month = self.digits(2)?;
        let day = if self.passed('-') { self.digits(2)? } else { 1 };
        Date::new(year, month, day)
    }

    fn clock(&mut self) -> Option<Clock> {
        let hour = self.digits(2)?;
        let (mut minute, mut second, mut micros) = (0, 0, 0);
        if self.passed(':') {
            minute = self.digits(2)?;
            if self.passed(':') {
                second = self.digits(2)?;
                if self.passed('.') || self.passed(',') {
                    micros = self.fraction()?;
                }
            }
        }
        clock(hour, minute, second, micros)
    }

    fn fraction(&mut self) -> Option<i64> {
        let count = self.digits_ahead();
        let used = count.min(6);
        let value = self.digits(used).filter(|_| count > 0)?;
        self.0 = &self.0[count - used..];
        Some(value * 10_i64.pow(6 - used as u32))
    }
}

/// A time of day, if its parts are in their bounds.
pub(super) fn clock(hour: i64, minute: i64, second: i64, micros: i64) -> Option<Clock> {
    let sound = (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second)
        && (0..1_000_000).contains(&micros);
    sound.then_some(Clock {
        hour: hour as u8,
        minute: minute as u8,
        second: second as u8,
        micros: micros as u32,
    })
}

/// The day of a week of ISO 8601, Monday being 1.
pub(super) fn of_week(year: i64, week: i64, weekday: i64) -> Option<Date> {
    if !(1..=53).contains(&week) || !(1..=7).contains(&weekday) {
        return None;
    }
    let fourth = Date::new(year, 1, 4)?;
    let monday = fourth.days() - (day_of_week(fourth) - 1);
    let date = Date::of_days(monday + (week - 1) * 7 + weekday - 1);
    let back = super::super::civil::field::iso_week(date);
    (back == (year, week)).then_some(date)
}

/// The day of a year, the first of January being 1.
pub(super) fn of_day_of_year(year: i64, day: i64) -> Option<Date> {
    let date = Date::of_days(Date::new(year, 1, 1)?.days() + day.checked_sub(1)?);
    (date.year == year && (1..=366).contains(&day)).then_some(date)
}
