//! The formats of format_datetime and parse_datetime: `yyyy-MM-dd`.

use datafusion::common::Result;

use super::super::fault::fault;
use super::pattern::{Part, Piece, Width};

pub(super) fn compile(format: &str) -> Result<Vec<Piece>> {
    if format.is_empty() {
        return Err(fault("Invalid pattern specification"));
    }
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphabetic() {
            let length = rest.chars().take_while(|next| *next == first).count();
            rest = &rest[length..];
            let next = rest.chars().next();
            pieces.push(specified(first, length, next.is_some_and(is_numeric))?);
        } else if first == '\'' {
            rest = quoted(&rest[1..], &mut pieces);
        } else {
            literal(&mut pieces, &rest[..first.len_utf8()]);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(pieces)
}

fn literal(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Literal(before)) => before.push_str(text),
        _ => pieces.push(Piece::Literal(text.to_owned())),
    }
}

/// Text up to the next quote; two quotes stand for one. What follows is given back.
fn quoted<'a>(text: &'a str, pieces: &mut Vec<Piece>) -> &'a str {
    if let Some(rest) = text.strip_prefix('\'') {
        literal(pieces, "'");
        return rest;
    }
    let mut rest = text;
    loop {
        let Some((inside, behind)) = rest.split_once('\'') else {
            literal(pieces, rest);
            return "";
        };
        literal(pieces, inside);
        match behind.strip_prefix('\'') {
            Some(more) => {
                literal(pieces, "'");
                rest = more;
            }
            None => return behind,
        }
    }
}

/// Whether a letter stands for a number when it stands alone or in a pair.
fn is_numeric(letter: char) -> bool {
    "CYyxwedDMhHKkmsS".contains(letter)
}

fn specified(letter: char, length: usize, number_follows: bool) -> Result<Piece> {
    let most = |most: usize| if number_follows { length.max(1) } else { most.max(length) };
    let number = |part, digits| Piece::Number(part, length, digits);
    let width = if length >= 4 { Width::Full } else { Width::Short };
    Ok(match letter {
        'G' => Piece::Era,
        'C' => number(Part::Century, most(9)),
        'Y' | 'y' | 'x' if length == 2 => Piece::ShortYear(letter == 'x'),
        'Y' => number(Part::YearOfEra, most(9)),
        'y' => number(Part::Year, most(9)),
        'x' => number(Part::WeekYear, most(9)),
        'w' => number(Part::Week, 2),
        'e' => number(Part::DayOfWeek, 1),
        'E' => Piece::WeekdayName(width),
        'D' => number(Part::DayOfYear, 3),
        'M' if length >= 3 => Piece::MonthName(width),
        'M' => number(Part::Month, 2),
        'd' => number(Part::Day, 2),
        'a' => Piece::HalfDay,
        'K' => number(Part::HalfHour, 2),
        'h' => number(Part::HalfClockHour, 2),
        'H' => number(Part::Hour, 2),
        'k' => number(Part::ClockHour, 2),
        'm' => number(Part::Minute, 2),
        's' => number(Part::Second, 2),
        'S' => Piece::Fraction(length, most(9)),
        'z' => Piece::Zone,
        'Z' if length >= 3 => Piece::Zone,
        'Z' => Piece::Offset(length == 2),
        other => return Err(fault(format!("Illegal pattern component: {other}"))),
    })
}
