//! Literals of intervals over several fields: `interval '1 12:30:00' day to second`.

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{DateTimeField, Expr, Interval, Spanned, Value};

use super::calls::value;
use super::names::refused_at;

/// Fields that follow each other in a literal.
const LADDERS: [&[&str]; 2] = [&["YEAR", "MONTH"], &["DAY", "HOUR", "MINUTE", "SECOND"]];

/// The literal with a unit behind each of its numbers, as the engine reads it.
pub(super) fn spelled(interval: Interval) -> Result<Expr, Refused> {
    let (Some(first), Some(last)) = (&interval.leading_field, &interval.last_field) else {
        return Ok(Expr::Interval(interval));
    };
    let wrong = || refused_at(interval.value.span(), "Invalid INTERVAL literal");
    let Expr::Value(given) = interval.value.as_ref() else { return Err(wrong()) };
    let Value::SingleQuotedString(text) = &given.value else { return Err(wrong()) };
    let text = parts(text, first, last).ok_or_else(wrong)?;
    Ok(Expr::Interval(Interval {
        value: Box::new(Expr::Value(value(Value::SingleQuotedString(text)))),
        leading_field: None,
        leading_precision: None,
        last_field: None,
        fractional_seconds_precision: None,
    }))
}

fn parts(text: &str, first: &DateTimeField, last: &DateTimeField) -> Option<String> {
    let (first, last) = (first.to_string(), last.to_string());
    let fields = LADDERS.iter().find_map(|ladder| {
        let from = ladder.iter().position(|field| *field == first)?;
        let to = ladder.iter().position(|field| *field == last)?;
        ladder.get(from..=to)
    })?;
    let (sign, text) = match text.trim().strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.trim()),
    };
    let numbers: Vec<&str> = text.split([' ', ':', '-']).collect();
    let is_number = |number: &&str| number.starts_with(|first: char| first.is_ascii_digit());
    if numbers.len() != fields.len() || !numbers.iter().all(is_number) {
        return None;
    }
    let spelled =
        numbers.iter().zip(fields).map(|(number, field)| format!("{sign}{number} {field}"));
    Some(spelled.collect::<Vec<_>>().join(" "))
}
