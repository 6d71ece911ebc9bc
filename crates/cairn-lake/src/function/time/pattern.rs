//! Formats of times, taken apart: what date_format and format_datetime share.

use std::borrow::Cow;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use datafusion::common::Result;

use super::super::call::{Call, known, zone_of};
use super::super::civil::{Clock, Date, MINUTE, field, split, zone};
use super::super::scalar::{Function, form, function};
use super::{beyond, joda, mysql, read, timestamps};
use crate::render::push_padded;

pub(super) const FUNCTIONS: &[Function] = &[
    function("date_format", &[form("S, varchar -> varchar", |call| print(call, mysql::compile))]),
    function(
        "date_parse",
        &[form("varchar, varchar -> timestamp", |call| parse(call, mysql::compile))],
    ),
    function(
        "format_datetime",
        &[form("S, varchar -> varchar", |call| print(call, joda::compile))],
    ),
    function(
        "parse_datetime",
        &[form("varchar, varchar -> timestamp with time zone", |call| parse(call, joda::compile))],
    ),
];

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(String),
    /// A number, padded with zeros; so many digits are read at most.
    Number(Part, usize, usize),
    /// The last two digits of a year, of the week's year if so.
    ShortYear(bool),
    MonthName(Width),
    WeekdayName(Width),
    HalfDay,
    Era,
    /// Digits of the fraction of a second: so many are written, so many are read at most.
    Fraction(usize, usize),
    /// `+0100`, or `+01:00`.
    Offset(bool),
    Zone,
}

/// Whether names are written in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Short,
    Full,
}

/// What a number of a format counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    YearOfEra,
    Century,
    WeekYear,
    Week,
    Month,
    Day,
    DayOfYear,
    DayOfWeek,
    /// 0 to 23.
    Hour,
    /// 1 to 24.
    ClockHour,
    /// 0 to 11.
    HalfHour,
    /// 1 to 12.
    HalfClockHour,
    Minute,
    Second,
}

pub(super) type Compile = fn(&str) -> Result<Vec<Piece>>;

/// A format that is compiled once where it is the same for all rows.
struct Format {
    compile: Compile,
    same: Option<Vec<Piece>>,
}

impl Format {
    fn new(compile: Compile, constant: Option<&str>) -> Result<Self> {
        let same = match constant {
            Some(text) => Some(compile(text)?),
            None => None,
        };
        Ok(Self { compile, same })
    }

    fn of(&self, text: &str) -> Result<Cow<'_, [Piece]>> {
        match &self.same {
            Some(pieces) => Ok(Cow::Borrowed(pieces)),
            None => Ok(Cow::Owned((self.compile)(text)?)),
        }
    }
}

fn print(call: &Call<'_>, compile: Compile) -> Result<ArrayRef> {
    let instants = call.array(0).as_primitive::<TimestampMicrosecondType>();
    let zone = zone_of(call.array(0).data_type());
    let (walls, format) = (call.time(0)?, call.text(1));
    let pieces = Format::new(compile, format.constant())?;
    let of = |row| {
        let (wall, format) = (known!(walls.get(row)), known!(format.get(row)));
        let ahead = wall.checked_sub(instants.value(call.place(0, row))).ok_or_else(beyond)?;
        let name = match zone {
            Some("+00:00") | None => "UTC",
            Some(zone) => zone,
        };
        Ok(Some(printed(&pieces.of(format)?, wall, ahead, name)))
    };
    call.texts(of)
}

fn printed(pieces: &[Piece], wall: i64, ahead: i64, zone: &str) -> String {
    let (date, clock) = split(wall);
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Literal(literal) => text.push_str(literal),
            Piece::Number(part, width, _) => {
                let value = part.of(date, clock);
                if value < 0 {
                    text.push('-');
                }
                push_padded(value.unsigned_abs(), *width, &mut text);
            }
            Piece::ShortYear(of_week) => {
                let year = if *of_week { field::iso_week(date).0 } else { date.year };
                push_padded(year.rem_euclid(100) as u64, 2, &mut text);
            }
            Piece::MonthName(width) => text.push_str(width.of(field::month_name(date.month))),
            Piece::WeekdayName(width) => text.push_str(width.of(field::weekday_name(date))),
            Piece::HalfDay => text.push_str(if clock.hour < 12 { "AM" } else { "PM" }),
            Piece::Era => text.push_str(if date.year > 0 { "AD" } else { "BC" }),
            Piece::Fraction(digits, _) => {
                let micros = format!("{:06}", clock.micros);
                let shown = (*digits).min(6);
                text.push_str(&micros[..shown]);
                text.push_str(&"0".repeat(digits - shown));
            }
            Piece::Offset(colon) => {
                let name = match zone::of_minutes(ahead / MINUTE) {
                    utc if utc == "UTC" => "+00:00".to_owned(),
                    offset => offset,
                };
                text.push_str(&if *colon { name } else { name.replace(':', "") });
            }
            Piece::Zone => text.push_str(zone),
        }
    }
    text
}

impl Width {
    /// Month and weekday names are ASCII, and all have three letters.
    pub(super) fn of(self, name: &'static str) -> &'static str {
        match self {
            Self::Short => &name[..3],
            Self::Full => name,
        }
    }
}

impl Part {
    fn of(self, date: Date, clock: Clock) -> i64 {
        let hour = i64::from(clock.hour);
        match self {
            Self::Year => date.year,
            Self::YearOfEra if date.year <= 0 => 1 - date.year,
            Self::YearOfEra => date.year,
            Self::Century => date.year.abs() / 100,
            Self::WeekYear => field::iso_week(date).0,
            Self::Week => field::iso_week(date).1,
            Self::Month => date.month.into(),
            Self::Day => date.day.into(),
            Self::DayOfYear => field::day_of_year(date),
            Self::DayOfWeek => field::day_of_week(date),
            Self::Hour => hour,
            Self::ClockHour => (hour + 23) % 24 + 1,
            Self::HalfHour => hour % 12,
            Self::HalfClockHour => (hour + 11) % 12 + 1,
            Self::Minute => clock.minute.into(),
            Self::Second => clock.second.into(),
        }
    }
}

fn parse(call: &Call<'_>, compile: Compile) -> Result<ArrayRef> {
    let (text, format) = (call.text(0), call.text(1));
    let pieces = Format::new(compile, format.constant())?;
    timestamps(call, |row| {
        let (text, format) = (known!(text.get(row)), known!(format.get(row)));
        read::moment(&pieces.of(format)?, text).map(Some)
    })
}
