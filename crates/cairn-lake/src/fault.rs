//! What the caller reads of a query that the engine ended.

use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::function::type_name;
use crate::render::double;

/// Why the engine ended a query.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Exhausted,
    /// The statement cannot be answered over these rows; the text is the caller's.
    Caller(String),
    Inside,
}

/// The fault below everything that the engine has put around it.
///
/// A filter that runs while a file is read leaves a text of its error only: that in which Rust
/// shows it to who debugs it. What the caller reads is the same as over rows in memory.
pub(crate) fn fault(error: &DataFusionError) -> Fault {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => Fault::Exhausted,
        DataFusionError::Execution(text) | DataFusionError::Plan(text) => {
            Fault::Caller(text.clone())
        }
        DataFusionError::ArrowError(error, _) => Fault::Caller(of_arrow(error)),
        DataFusionError::ParquetError(parquet) => of_filter(&parquet.to_string()),
        _ => Fault::Inside,
    }
}

fn of_arrow(error: &ArrowError) -> String {
    let text = error.to_string();
    match of_filter(&text) {
        Fault::Caller(text) => text,
        Fault::Exhausted | Fault::Inside => said(text),
    }
}

/// What the engine says of a value, in Trino's words where it has some.
pub(crate) fn said(text: String) -> String {
    if text.ends_with("Divide by zero error") {
        return "Division by zero".to_owned();
    }
    overflow(&text)
        .or_else(|| uncast(&text))
        .or_else(|| beyond(&text))
        .or_else(|| too_large(&text))
        .unwrap_or(text)
}

/// A text that is no value of the type that it is cast to.
fn uncast(text: &str) -> Option<String> {
    let time = text.split_once("Error parsing timestamp from '").and_then(|(_, rest)| {
        let (value, _) = rest.rsplit_once("': ")?;
        Some(format!("Value cannot be cast to timestamp: {value}"))
    });
    if time.is_some() {
        return time;
    }
    let (_, rest) = text.split_once("Cannot cast string '")?;
    let (value, of) = rest.rsplit_once("' to value of ")?;
    let of: DataType = of.strip_suffix(" type")?.parse().ok()?;
    Some(match of {
        DataType::Date32 => format!("Value cannot be cast to date: {value}"),
        DataType::Int32 => format!("Cannot cast '{value}' to INT"),
        of => {
            let name = type_name(&Field::new("", of, true)).to_ascii_uppercase();
            format!("Cannot cast '{value}' to {name}")
        }
    })
}

/// A number beyond the whole numbers of the type that it is cast to.
fn beyond(text: &str) -> Option<String> {
    let parts = |before: &str, between: &str| text.split_once(before)?.1.rsplit_once(between);
    let (value, of) = parts("Can't cast value ", " to type ")
        .or_else(|| parts("value of ", " is out of range "))?;
    let of: DataType = of.parse().ok()?;
    let name = type_name(&Field::new("", of, true));
    if value.parse::<i128>().is_ok() {
        return Some(format!("Out of range for {name}: {value}"));
    }
    let value: f64 = value.parse().ok()?;
    let shown = double(value);
    Some(if value.abs() < 9.223_372_036_854_776e18 {
        format!("Out of range for {name}: {shown}")
    } else {
        format!("Unable to cast {shown} to {name}")
    })
}

/// What begins before the precision of a decimal that a number does not fit.
const UNFIT: &[&str] = &[
    " is too large to store in a Decimal128 of precision ",
    " is too small to store in a Decimal128 of precision ",
];

/// A number with more digits than the decimal that it is cast to.
fn too_large(text: &str) -> Option<String> {
    if let Some((_, rest)) = text.split_once("Cannot cast to Decimal128(") {
        let (of, value) = rest.split_once("). Overflowing on ")?;
        let of = of.replace(' ', "");
        // The digits of a decimal come without its point.
        let shown = match value.parse::<i128>() {
            Ok(_) => "value".to_owned(),
            Err(_) => format!("'{}'", double(value.parse().ok()?)),
        };
        return Some(format!("Cannot cast {shown} to DECIMAL({of}). Value too large."));
    }
    let (before, rest) = UNFIT.iter().find_map(|unfit| text.split_once(unfit))?;
    let value = before.rsplit(' ').next()?;
    let (precision, _) = rest.split_once('.')?;
    let scale = value.split_once('.').map_or(0, |(_, digits)| digits.len());
    Some(format!("Cannot cast '{value}' to DECIMAL({precision},{scale}). Value too large."))
}

/// What the engine says of a number that is too large for its type, in Trino's words: `bigint
/// addition overflow: 9223372036854775807 + 1`. Which type it was its numbers tell.
pub(crate) fn overflow(text: &str) -> Option<String> {
    let (_, what) = text.split_once("Overflow happened on: ")?;
    let mut parts = what.split_ascii_whitespace();
    let (left, op, right) = (parts.next()?, parts.next()?, parts.next()?);
    let (a, b): (i64, i64) = (left.parse().ok()?, right.parse().ok()?);
    let (name, result) = match op {
        "+" => ("addition", a.checked_add(b)),
        "-" => ("subtraction", a.checked_sub(b)),
        "*" => ("multiplication", a.checked_mul(b)),
        "/" => ("division", a.checked_div(b)),
        _ => return None,
    };
    let of = if result.is_some() { "integer" } else { "bigint" };
    Some(format!("{of} {name} overflow: {left} {op} {right}"))
}

/// What the engine puts before the error of a filter.
const FILTER: &str = "Error evaluating filter predicate: ";
/// Errors of the caller's data as Rust shows them, and how the engine begins to say them.
const SHOWN: &[(&str, &str)] = &[
    ("Execution(", ""),
    ("Plan(", ""),
    ("CastError(", "Cast error: "),
    ("ParseError(", "Parser error: "),
    ("ComputeError(", "Compute error: "),
    ("ArithmeticOverflow(", "Arithmetic overflow: "),
    ("InvalidArgumentError(", "Invalid argument error: "),
];

fn of_filter(text: &str) -> Fault {
    let Some((_, shown)) = text.split_once(FILTER) else { return Fault::Inside };
    if shown.starts_with("ResourcesExhausted(") {
        return Fault::Exhausted;
    }
    let first = SHOWN.iter().filter_map(|(kind, said)| Some((shown.find(kind)?, kind, said)));
    if let Some((at, kind, said)) = first.min()
        && let Some(text) = quoted(&shown[at + kind.len()..])
    {
        return Fault::Caller(self::said(format!("{said}{text}")));
    }
    if shown.contains("DivideByZero") {
        return Fault::Caller(said(ArrowError::DivideByZero.to_string()));
    }
    Fault::Inside
}

/// A text that stands in quotes, as it was.
fn quoted(text: &str) -> Option<String> {
    let mut letters = text.strip_prefix('"')?.chars();
    let mut plain = String::new();
    loop {
        match letters.next()? {
            '"' => return Some(plain),
            '\\' => match letters.next()? {
                'n' => plain.push('\n'),
                't' => plain.push('\t'),
                'r' => plain.push('\r'),
                '0' => plain.push('\0'),
                'u' => {
                    let code: String = letters.by_ref().take_while(|next| *next != '}').collect();
                    let code = u32::from_str_radix(code.trim_start_matches('{'), 16).ok()?;
                    plain.push(char::from_u32(code)?);
                }
                other => plain.push(other),
            },
            letter => plain.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use parquet::errors::ParquetError;

    use super::*;

    #[test]
    fn a_fault_is_said_in_the_same_words_whatever_is_around_it() {
        let caller = |text: &str| Fault::Caller(text.to_owned());
        let execution = || DataFusionError::Execution("'a\n\u{1}\\\"' is none".into());
        let cast = || ArrowError::CastError("no 'x'".into());
        let of =
            |of: &str| ArrowError::CastError(format!("Cannot cast string 'x' to value of {of}"));
        let beyond = |text: &str| ArrowError::CastError(text.to_owned());
        let unfit = |text: &str| ArrowError::InvalidArgumentError(text.to_owned());
        let time = || ArrowError::ParseError("Error parsing timestamp from 'x': no date".into());
        let overflow = || {
            let text = "Overflow happened on: -9223372036854775808 / -1";
            ArrowError::ArithmeticOverflow(text.into())
        };
        let cases = [
            (execution(), caller("'a\n\u{1}\\\"' is none")),
            (cast().into(), caller("Cast error: no 'x'")),
            (of("Int64 type").into(), caller("Cannot cast 'x' to BIGINT")),
            (of("Int32 type").into(), caller("Cannot cast 'x' to INT")),
            (of("Date32 type").into(), caller("Value cannot be cast to date: x")),
            (time().into(), caller("Value cannot be cast to timestamp: x")),
            (
                beyond("Can't cast value inf to type Int64").into(),
                caller("Unable to cast Infinity to bigint"),
            ),
            (
                beyond("Can't cast value 3000000000.0 to type Int32").into(),
                caller("Out of range for integer: 3.0E9"),
            ),
            (
                beyond("Can't cast value -300 to type Int8").into(),
                caller("Out of range for tinyint: -300"),
            ),
            (
                beyond("value of 9223372036854775808 is out of range Int64").into(),
                caller("Out of range for bigint: 9223372036854775808"),
            ),
            (
                beyond("Cannot cast to Decimal128(4, 2). Overflowing on -inf").into(),
                caller("Cannot cast '-Infinity' to DECIMAL(4,2). Value too large."),
            ),
            (
                beyond("Cannot cast to Decimal128(4, 2). Overflowing on 12345").into(),
                caller("Cannot cast value to DECIMAL(4,2). Value too large."),
            ),
            (
                unfit("123.00 is too large to store in a Decimal128 of precision 4. Max is 99.99")
                    .into(),
                caller("Cannot cast '123.00' to DECIMAL(4,2). Value too large."),
            ),
            (
                unfit("-123 is too small to store in a Decimal128 of precision 2. Min is -99")
                    .into(),
                caller("Cannot cast '-123' to DECIMAL(2,0). Value too large."),
            ),
            (ArrowError::DivideByZero.into(), caller("Division by zero")),
            (overflow().into(), caller("bigint division overflow: -9223372036854775808 / -1")),
            (DataFusionError::ResourcesExhausted("m".into()), Fault::Exhausted),
            (DataFusionError::Internal("a column is gone".into()), Fault::Inside),
        ];
        for (error, expected) in cases {
            let shown = format!("{FILTER}{error:?}");
            assert_eq!(fault(&error), expected);
            let boxed = ArrowError::ExternalError(Box::new(error));
            let wrapped = DataFusionError::from(ParquetError::from(boxed)).context("a file");
            assert_eq!(fault(&wrapped), expected);
            let filter = ParquetError::from(ArrowError::ComputeError(shown));
            assert_eq!(fault(&DataFusionError::from(filter)), expected);
        }
    }
}
