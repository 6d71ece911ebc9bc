//! Patterns of LIKE. In Trino nothing escapes unless ESCAPE says what does; in the engine the
//! backslash always does.

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{Expr, Value, ValueWithSpan};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::calls::{named, value};
use super::names::{Names, refused_at};

/// The pattern as the engine reads it.
pub(super) fn pattern(
    names: &Names<'_>,
    pattern: Expr,
    escape: Option<ValueWithSpan>,
) -> Result<Expr, Refused> {
    let span = escape.as_ref().map_or_else(Span::empty, |escape| escape.span);
    let escape = match escape.map(|escape| escape.value) {
        None => None,
        Some(Value::SingleQuotedString(text)) if text.chars().count() == 1 => text.chars().next(),
        Some(_) => return Err(refused_at(span, "Escape string must be a single character")),
    };
    match (pattern, escape) {
        (Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), span }), escape) => {
            match escaped(&text, escape) {
                Some(text) => Ok(text_of(text)),
                None => {
                    let what = "Escape character must be followed by '%', '_' or the escape \
                                character itself";
                    Err(refused_at(span, what))
                }
            }
        }
        (other, None) => {
            let (one, two) = (text_of("\\".into()), text_of("\\\\".into()));
            named(names, "replace", vec![other, one, two], span)
        }
        (_, Some(_)) => Err(refused_at(span, "ESCAPE is supported with constant patterns only")),
    }
}

fn text_of(text: String) -> Expr {
    Expr::Value(value(Value::SingleQuotedString(text)))
}

fn escaped(text: &str, escape: Option<char>) -> Option<String> {
    let mut into = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(next) = chars.next() {
        if Some(next) == escape {
            let after = chars.next().filter(|after| ['%', '_', next].contains(after))?;
            push(&mut into, after, matches!(after, '%' | '_'));
        } else {
            push(&mut into, next, false);
        }
    }
    Some(into)
}

fn push(into: &mut String, character: char, literal: bool) {
    if literal || character == '\\' {
        into.push('\\');
    }
    into.push(character);
}
