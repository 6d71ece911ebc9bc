//! What the caller reads of a query that the engine ended.

use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

use crate::function::type_name;

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
    overflow(&text).or_else(|| uncast(&text)).unwrap_or(text)
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
