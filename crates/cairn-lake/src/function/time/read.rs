//! Times read by a format.

use datafusion::common::Result;
use datafusion::error::DataFusionError;

use super::super::civil::field::{MONTHS, WEEKDAYS};
use super::super::civil::zone::{self, Zone};
use super::super::civil::{Clock, Date, MINUTE, joined};
use super::super::fault::fault;
use super::iso;
use super::pattern::{Part, Piece, Width};

/// The parts that were found.
#[derive(Debug, Default)]
struct Found {
    year: Option<i64>,
    week_year: Option<i64>,
    week: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    day_of_week: Option<i64>,
    /// 0 to 23.
    hour: Option<i64>,
    /// 0 to 11.
    half_hour: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    /// Microseconds ahead of UTC, or a zone by name.
    ahead: i64,
    zone: Option<String>,
}

/// The moment that a text says in a format. What the format does not say is the first of its kind.
pub(super) fn moment(pieces: &[Piece], text: &str) -> Result<i64> {
    let mut found = Found::default();
    let mut at = 0;
    for piece in pieces {
        match one(piece, &text[at..], &mut found) {
            Some(length) => at += length,
            None => return Err(malformed(text, at)),
        }
    }
    if at < text.len() {
        return Err(malformed(text, at));
    }
    found
        .moment()
        .ok_or_else(|| fault(format!("Cannot parse \"{text}\": a value is not in its range")))
}

fn malformed(text: &str, at: usize) -> DataFusionError {
    if at == 0 {
        return fault(format!("Invalid format: \"{text}\""));
    }
    if at >= text.len() {
        return fault(format!("Invalid format: \"{text}\" is too short"));
    }
    fault(format!("Invalid format: \"{text}\" is malformed at \"{}\"", &text[at..]))
}

/// Reads one piece; how many bytes it took.
fn one(piece: &Piece, text: &str, found: &mut Found) -> Option<usize> {
    match piece {
        Piece::Literal(literal) => {
            let begins = text.get(..literal.len())?;
            begins.eq_ignore_ascii_case(literal).then_some(literal.len())
        }
        Piece::Number(part, _, most) => {
            let signed = matches!(part, Part::Year | Part::YearOfEra | Part::WeekYear);
            let (value, length) = number(text, *most, signed)?;
            found.note(*part, value).then_some(length)
        }
        Piece::ShortYear(of_week) => {
            let (value, length) = number(text, 2, false)?;
            let year = if value < 70 { 2000 + value } else { 1900 + value };
            if *of_week {
                found.week_year = Some(year);
            } else {
                found.year = Some(year);
            }
            Some(length)
        }
        Piece::MonthName(_) => {
            let (place, length) = name(text, &MONTHS)?;
            found.month = Some(place);
            Some(length)
        }
        Piece::WeekdayName(_) => {
            let (place, length) = name(text, &WEEKDAYS)?;
            found.day_of_week = Some(place);
            Some(length)
        }
        Piece::HalfDay => {
            let half = text.get(..2)?;
            let afternoon = half.eq_ignore_ascii_case("PM");
            if !afternoon && !half.eq_ignore_ascii_case("AM") {
                return None;
            }
            found.afternoon = Some(afternoon);
            Some(2)
        }
        Piece::Era => text.get(..2)?.eq_ignore_ascii_case("AD").then_some(2),
        Piece::Fraction(_, most) => {
            let length = digits(text, *most);
            if length == 0 {
                return None;
            }
            let mut shown = text[..length.min(6)].to_owned();
            shown.extend(std::iter::repeat_n('0', 6 - shown.len()));
            found.micros = shown.parse().ok()?;
            Some(length)
        }
        Piece::Offset(_) => offset(text, found),
        Piece::Zone => {
            let belongs = |character: char| {
                character.is_ascii_alphanumeric()
                    || matches!(character, '/' | '_' | '+' | '-' | ':')
            };
            let length = text.find(|character| !belongs(character)).unwrap_or(text.len());
            found.zone = Some(zone::parse(&text[..length]).ok()?);
            Some(length)
        }
    }
}

fn offset(text: &str, found: &mut Found) -> Option<usize> {
    if text.starts_with(['Z', 'z']) {
        return Some(1);
    }
    let belongs =
        |character: char| character.is_ascii_digit() || matches!(character, '+' | '-' | ':');
    let length = text.find(|character| !belongs(character)).unwrap_or(text.len());
    found.ahead = zone::minutes(&text[..length])? * MINUTE;
    Some(length)
}

/// How many digits there are, up to a limit.
fn digits(text: &str, most: usize) -> usize {
    text.bytes().take(most).take_while(u8::is_ascii_digit).count()
}

fn number(text: &str, most: usize, signed: bool) -> Option<(i64, usize)> {
    let sign = usize::from(signed && text.starts_with(['-', '+']));
    let length = digits(&text[sign..], most.min(9));
    if length == 0 {
        return None;
    }
    let value: i64 = text[sign..sign + length].parse().ok()?;
    let negative = sign == 1 && text.starts_with('-');
    Some((if negative { -value } else { value }, sign + length))
}

/// Finds a name, in full or its first letters; its place counts from 1.
fn name(text: &str, names: &[&'static str]) -> Option<(i64, usize)> {
    for width in [Width::Full, Width::Short] {
        for (place, name) in names.iter().enumerate() {
            let name = width.of(name);
            if text.get(..name.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(name)) {
                return Some((place as i64 + 1, name.len()));
            }
        }
    }
    None
}

impl Found {
    /// Whether the value is one that the part can have.
    fn note(&mut self, part: Part, value: i64) -> bool {
        let (field, bounds) = match part {
            Part::Year | Part::YearOfEra => (&mut self.year, -290_000..=290_000),
            Part::Century => {
                self.year = Some(value * 100);
                return true;
            }
            Part::WeekYear => (&mut self.week_year, -290_000..=290_000),
            Part::Week => (&mut self.week, 1..=53),
            Part::Month => (&mut self.month, 1..=12),
            Part::Day => (&mut self.day, 1..=31),
            Part::DayOfYear => (&mut self.day_of_year, 1..=366),
            Part::DayOfWeek => (&mut self.day_of_week, 1..=7),
            Part::Hour => (&mut self.hour, 0..=23),
            Part::ClockHour => {
                self.hour = Some(value % 24);
                return (1..=24).contains(&value);
            }
            Part::HalfHour => (&mut self.half_hour, 0..=11),
            Part::HalfClockHour => {
                self.half_hour = Some(value % 12);
                return (1..=12).contains(&value);
            }
            Part::Minute => {
                self.minute = value;
                return (0..60).contains(&value);
            }
            Part::Second => {
                self.second = value;
                return (0..60).contains(&value);
            }
        };
        *field = Some(value);
        bounds.contains(&value)
    }

    fn date(&self) -> Option<Date> {
        if let Some(day) = self.day_of_year {
            return iso::of_day_of_year(self.year.unwrap_or(2000), day);
        }
        if self.week.is_some() || self.week_year.is_some() {
            let year = self.week_year.or(self.year).unwrap_or(2000);
            return iso::of_week(year, self.week.unwrap_or(1), self.day_of_week.unwrap_or(1));
        }
        let year = match (self.year, self.month, self.day) {
            (Some(year), ..) => year,
            (None, None, None) => 1970,
            (None, ..) => 2000,
        };
        Date::new(year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }

    fn clock(&self) -> Option<Clock> {
        let hour = match (self.hour, self.half_hour, self.afternoon) {
            (Some(hour), ..) => hour,
            (None, half, afternoon) => {
                half.unwrap_or_default() + if afternoon == Some(true) { 12 } else { 0 }
            }
        };
        iso::clock(hour, self.minute, self.second, self.micros)
    }

    fn moment(&self) -> Option<i64> {
        let wall = joined(self.date()?, self.clock()?)?;
        match &self.zone {
            Some(zone) => Zone::named(zone).ok()?.instant(wall),
            None => wall.checked_sub(self.ahead),
        }
    }
}
