//! What the caller reads of a query that the engine ended.

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;

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
        Fault::Exhausted | Fault::Inside => text,
    }
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
        return Fault::Caller(format!("{said}{text}"));
    }
    if shown.contains("DivideByZero") {
        return Fault::Caller(ArrowError::DivideByZero.to_string());
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
        let cases = [
            (execution(), caller("'a\n\u{1}\\\"' is none")),
            (cast().into(), caller("Cast error: no 'x'")),
            (ArrowError::DivideByZero.into(), caller("Divide by zero error")),
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
