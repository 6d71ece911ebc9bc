//! Literals that name their type, and the time of planning.

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, Expr, Ident, ObjectName, TimezoneInfo, TypedString, Value,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::calls::{cast, named, value};
use super::names::Names;
use super::types;
use crate::function::civil::zone;

/// The time of planning, with the zone of sessions: every row sees the same.
pub(super) fn now(names: &Names<'_>) -> Expr {
    let zoned = Ident::with_quote('"', "timestamp with time zone");
    cast(local(names), DataType::Custom(ObjectName::from(vec![zoned]), Vec::new()))
}

/// The time of planning.
pub(super) fn local(names: &Names<'_>) -> Expr {
    let micros = Expr::Value(value(Value::Number((names.now.millis() * 1000).to_string(), false)));
    cast(micros, timestamp())
}

fn timestamp() -> DataType {
    DataType::Timestamp(None, TimezoneInfo::None)
}

/// A literal of a type; one of a timestamp may name its zone.
pub(super) fn typed(names: &Names<'_>, literal: TypedString) -> Result<Expr, Refused> {
    let span = literal.value.span;
    match (&literal.data_type, &literal.value.value) {
        (DataType::Timestamp(..), Value::SingleQuotedString(text)) => {
            match in_zone(names, text, span, &CastKind::Cast)? {
                Some(moment) => Ok(moment),
                None => Ok(Expr::TypedString(literal)),
            }
        }
        (DataType::JSON, _) => named(names, "json_parse", vec![Expr::Value(literal.value)], span),
        _ => Ok(Expr::TypedString(types::literal(literal))),
    }
}

/// The moment that a text says which names its zone, cast as `kind` says.
pub(super) fn in_zone(
    names: &Names<'_>,
    text: &str,
    span: Span,
    kind: &CastKind,
) -> Result<Option<Expr>, Refused> {
    let Some((time, zone)) = time_and_zone(text) else { return Ok(None) };
    let text = |text: &str| Expr::Value(value(Value::SingleQuotedString(text.to_owned())));
    let (mut time, mut zone) = (cast(text(time), timestamp()), zone);
    if let (Expr::Cast { kind: of, .. }, CastKind::TryCast) = (&mut time, kind) {
        *of = CastKind::TryCast;
        if zone::parse(zone).is_err() {
            (time, zone) = (cast(Expr::Value(value(Value::Null)), timestamp()), "UTC");
        }
    }
    named(names, "with_timezone", vec![time, text(zone)], span).map(Some)
}

/// The time of a literal that names its zone, and the zone: `2026-04-18 09:05:00 Europe/Berlin`.
fn time_and_zone(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    // Behind the date, in which there are hyphens too.
    let clock = text.find([' ', 'T'])? + 1;
    let is_zone = |next: char| next.is_ascii_alphabetic() || matches!(next, '+' | '-');
    let at = clock + text.get(clock..)?.find(is_zone)?;
    Some((text[..at].trim_end(), &text[at..]))
}
