//! The formats of date_format and date_parse: `%Y-%m-%d`.

use datafusion::common::Result;

use super::super::fault::fault;
use super::pattern::{Part, Piece, Width};

pub(super) fn compile(format: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            literal(&mut pieces, character);
            continue;
        }
        match characters.next() {
            Some(directive) => specified(&mut pieces, directive)?,
            None => literal(&mut pieces, '%'),
        }
    }
    Ok(pieces)
}

fn literal(pieces: &mut Vec<Piece>, character: char) {
    match pieces.last_mut() {
        Some(Piece::Literal(text)) => text.push(character),
        _ => pieces.push(Piece::Literal(character.to_string())),
    }
}

fn specified(pieces: &mut Vec<Piece>, directive: char) -> Result<()> {
    let two = |part| Piece::Number(part, 2, 2);
    let one = |part| Piece::Number(part, 1, 2);
    let piece = match directive {
        'a' => Piece::WeekdayName(Width::Short),
        'W' => Piece::WeekdayName(Width::Full),
        'b' => Piece::MonthName(Width::Short),
        'M' => Piece::MonthName(Width::Full),
        'c' => one(Part::Month),
        'm' => two(Part::Month),
        'd' => two(Part::Day),
        'e' => one(Part::Day),
        'f' => Piece::Fraction(6, 9),
        'H' => two(Part::Hour),
        'k' => one(Part::Hour),
        'h' | 'I' => two(Part::HalfClockHour),
        'l' => one(Part::HalfClockHour),
        'i' => two(Part::Minute),
        's' | 'S' => two(Part::Second),
        'j' => Piece::Number(Part::DayOfYear, 3, 3),
        'p' => Piece::HalfDay,
        'v' => two(Part::Week),
        'x' => Piece::Number(Part::WeekYear, 4, 4),
        'Y' => Piece::Number(Part::Year, 4, 4),
        'y' => Piece::ShortYear(false),
        'r' | 'T' => {
            let hour = if directive == 'r' { Part::HalfClockHour } else { Part::Hour };
            pieces.push(two(hour));
            pieces.push(Piece::Literal(":".to_owned()));
            pieces.push(two(Part::Minute));
            pieces.push(Piece::Literal(":".to_owned()));
            pieces.push(two(Part::Second));
            if directive == 'r' {
                pieces.push(Piece::Literal(" ".to_owned()));
                pieces.push(Piece::HalfDay);
            }
            return Ok(());
        }
        'D' | 'U' | 'u' | 'V' | 'w' | 'X' => {
            return Err(fault(format!("%{directive} not supported in date format string")));
        }
        other => {
            literal(pieces, other);
            return Ok(());
        }
    };
    pieces.push(piece);
    Ok(())
}
