//! format: text by the patterns of Java's formatter.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::error::DataFusionError;

use arrow::array::ArrayRef;

use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Form, Function, form, function};
use crate::render::{self, Texts};

pub(super) const FUNCTIONS: &[Function] = &[function("format", FORMS)];

const FORMS: &[Form] = &[
    form("varchar, A -> varchar", format),
    form("varchar, A, B -> varchar", format),
    form("varchar, A, B, C -> varchar", format),
    form("varchar, A, B, C, D -> varchar", format),
    form("varchar, A, B, C, D, F -> varchar", format),
    form("varchar, A, B, C, D, F, G -> varchar", format),
    form("varchar, A, B, C, D, F, G, H -> varchar", format),
    form("varchar, A, B, C, D, F, G, H, I -> varchar", format),
];

/// The widest field.
const WIDEST: usize = 10_000;

/// One place of a format.
#[derive(Debug, Default)]
struct Place {
    argument: Option<usize>,
    flags: String,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

fn broken(format: &str, why: impl std::fmt::Display) -> DataFusionError {
    fault(format!("Invalid format string: {format} ({why})"))
}

fn format(call: &Call<'_>) -> Result<ArrayRef> {
    let format = call.text(0);
    let texts: Vec<Texts> = (1..call.count()).map(|at| Texts::new(call.array(at))).collect();
    call.texts(|row| {
        let format = known!(format.get(row));
        let mut text = String::new();
        let (mut rest, mut next) = (format, 1);
        while let Some(at) = rest.find('%') {
            text.push_str(&rest[..at]);
            let (place, behind) =
                place(&rest[at + 1..]).ok_or_else(|| broken(format, "unfinished"))?;
            rest = behind;
            match place.conversion {
                '%' => text.push('%'),
                'n' => text.push('\n'),
                _ => {
                    let argument = place.argument.unwrap_or(next);
                    if place.argument.is_none() {
                        next += 1;
                    }
                    if argument == 0 || argument >= call.count() {
                        return Err(broken(format, "an argument is missing"));
                    }
                    let shown = shown(call, &place, argument, row, &texts[argument - 1])
                        .ok_or_else(|| {
                            broken(format, format_args!("%{} does not fit", place.conversion))
                        })?;
                    text.push_str(&padded(&place, shown));
                }
            }
        }
        text.push_str(rest);
        Ok(Some(text))
    })
}

/// Reads `1$-,010.2f`, without the percent sign; gives back what follows.
fn place(text: &str) -> Option<(Place, &str)> {
    let mut place = Place::default();
    let mut rest = text;
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let count = digits(rest);
    if count > 0 && rest[count..].starts_with('$') {
        place.argument = Some(rest[..count].parse().ok()?);
        rest = &rest[count + 1..];
    }
    let flags = rest.bytes().take_while(|flag| b"-#+ 0,(".contains(flag)).count();
    place.flags = rest[..flags].to_owned();
    rest = &rest[flags..];
    let count = digits(rest);
    if count > 0 {
        place.width = rest[..count].parse().ok().filter(|width| *width <= WIDEST)?;
        rest = &rest[count..];
    }
    if let Some(behind) = rest.strip_prefix('.') {
        let count = digits(behind);
        let precision = behind[..count].parse().ok().filter(|precision| *precision <= WIDEST)?;
        place.precision = Some(precision);
        rest = &behind[count..];
    }
    place.conversion = rest.chars().next()?;
    let behind = &rest[place.conversion.len_utf8()..];
    Some((place, behind))
}

/// The text of an argument; `None` where the conversion does not fit its type.
fn shown(call: &Call<'_>, place: &Place, at: usize, row: usize, texts: &Texts) -> Option<String> {
    let array = call.array(at);
    let value = call.place(at, row);
    let mut text = String::new();
    if !texts.write(value, &mut text) {
        return Some("null".to_owned());
    }
    let long = || {
        let is_integer = array.data_type().is_integer();
        let long = arrow::compute::cast(&array.slice(value, 1), &DataType::Int64).ok()?;
        is_integer.then(|| long.as_primitive::<Int64Type>().value(0))
    };
    match place.conversion {
        's' | 'S' => {
            if let Some((end, _)) =
                place.precision.and_then(|precision| text.char_indices().nth(precision))
            {
                text.truncate(end);
            }
            let upper = place.conversion == 'S';
            Some(if upper { text.to_uppercase() } else { text })
        }
        'd' => Some(signed(place, long()? < 0, &long()?.unsigned_abs().to_string())),
        'x' => Some(format!("{:x}", long()?)),
        'X' => Some(format!("{:X}", long()?)),
        'o' => Some(format!("{:o}", long()?)),
        'c' => char::from_u32(u32::try_from(long()?).ok()?).map(String::from),
        'b' | 'B' => Some(match array.data_type() {
            DataType::Boolean => text,
            _ => "true".to_owned(),
        }),
        'f' | 'e' | 'E' => {
            let double = arrow::compute::cast(&array.slice(value, 1), &DataType::Float64).ok()?;
            if array.data_type().is_integer() || !array.data_type().is_numeric() {
                return None;
            }
            Some(fraction(place, double.as_primitive::<Float64Type>().value(0)))
        }
        _ => None,
    }
}

fn fraction(place: &Place, value: f64) -> String {
    if !value.is_finite() {
        return render::double(value);
    }
    let precision = place.precision.unwrap_or(6);
    if place.conversion == 'f' {
        return signed(place, value.is_sign_negative(), &format!("{:.precision$}", value.abs()));
    }
    let scientific = format!("{:.precision$e}", value.abs());
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    let letter = place.conversion;
    signed(place, value.is_sign_negative(), &format!("{digits}{letter}{sign}{exponent:0>2}"))
}

/// A number's digits with its sign, grouped and filled with zeros as the flags want.
fn signed(place: &Place, negative: bool, digits: &str) -> String {
    let mut digits = digits.to_owned();
    if place.flags.contains(',') {
        let whole = digits.find('.').unwrap_or(digits.len());
        let mut at = whole;
        while at > 3 {
            at -= 3;
            digits.insert(at, ',');
        }
    }
    let (before, after) = match (negative, place.flags.contains('(')) {
        (true, true) => ("(", ")"),
        (true, false) => ("-", ""),
        (false, _) if place.flags.contains('+') => ("+", ""),
        (false, _) if place.flags.contains(' ') => (" ", ""),
        (false, _) => ("", ""),
    };
    let missing = place.width.saturating_sub(before.len() + digits.len() + after.len());
    let zeros = if place.flags.contains('0') { "0".repeat(missing) } else { String::new() };
    format!("{before}{zeros}{digits}{after}")
}

fn padded(place: &Place, text: String) -> String {
    let missing = place.width.saturating_sub(text.chars().count());
    let blanks = " ".repeat(missing);
    if place.flags.contains('-') { text + &blanks } else { blanks + &text }
}
