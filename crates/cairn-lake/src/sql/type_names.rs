//! Types in the engine's messages, by Trino's names.

use std::ops::Range;

use arrow::datatypes::{DataType, Field};

use crate::function::type_name;

/// What the engine's names of types begin with.
const HEADS: &[&str] = &[
    "Utf8",
    "LargeUtf8",
    "Utf8View",
    "Boolean",
    "Null",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float32",
    "Float64",
    "Date32",
    "Time64",
    "Timestamp",
    "Decimal128",
    "Interval",
    "Binary",
    "List",
    "Struct",
    "Map",
];

/// The message with Trino's types in place of the engine's. What is quoted is the statement's own.
pub(super) fn renamed(text: &str) -> String {
    let mut renamed = String::with_capacity(text.len());
    let (mut at, mut quoted) = (0, false);
    while let Some(next) = text[at..].chars().next() {
        if next == '\'' {
            quoted = !quoted;
        }
        let begins = !quoted && !text[..at].ends_with(|last: char| last.is_ascii_alphanumeric());
        match begins.then(|| engine_type(text, at)).flatten() {
            Some((place, name)) => {
                renamed.push_str(&name);
                at = place.end;
            }
            None => {
                renamed.push(next);
                at += next.len_utf8();
            }
        }
    }
    renamed
}

/// The type that stands at a place, and its name in Trino.
fn engine_type(text: &str, at: usize) -> Option<(Range<usize>, String)> {
    let rest = &text[at..];
    let length = rest.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(rest.len());
    if !HEADS.contains(&&rest[..length]) {
        return None;
    }
    let end = at + length + bracketed(&rest[length..]);
    let parsed: DataType = text[at..end].parse().ok()?;
    Some((at..end, type_name(&Field::new("", parsed, true))))
}

/// Bytes of what stands in brackets at the beginning of a text, with them; 0 without brackets.
fn bracketed(text: &str) -> usize {
    if !text.starts_with('(') {
        return 0;
    }
    let mut depth = 0_usize;
    for (at, next) in text.char_indices() {
        match next {
            '(' => depth += 1,
            ')' if depth == 1 => return at + 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};

    use super::renamed;

    #[test]
    fn types_get_their_names() {
        let entry = Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", DataType::Int64, true),
        ]);
        let entries = Arc::new(Field::new("key_value", DataType::Struct(entry), false));
        let cases = [
            (DataType::Utf8, "varchar"),
            (DataType::Int64, "bigint"),
            (DataType::Timestamp(TimeUnit::Microsecond, None), "timestamp(3)"),
            (DataType::Interval(IntervalUnit::MonthDayNano), "interval day to second"),
            (DataType::Time64(TimeUnit::Microsecond), "time(3)"),
            (DataType::Decimal128(10, 2), "decimal(10,2)"),
            (DataType::new_list(DataType::Utf8, true), "array(varchar)"),
            (DataType::Map(entries, false), "map(varchar, bigint)"),
        ];
        for (of, name) in cases {
            let text = format!("of {of}, not 'Utf8' or xUtf8");
            assert_eq!(renamed(&text), format!("of {name}, not 'Utf8' or xUtf8"));
        }
    }
}
