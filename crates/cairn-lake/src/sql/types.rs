//! Trino's types in casts and literals.

use std::sync::Arc;

use arrow::datatypes::FieldRef;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::{
    DataType as Written, ExactNumberInfo, Ident, ObjectName, TypedString,
};

use crate::function::parse_type;

/// Plans the types that the dialect leaves as text, and those of literals.
#[derive(Debug)]
pub(super) struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, written: &Written) -> Result<Option<FieldRef>> {
        let text = match text(written) {
            Some(text) => text.to_owned(),
            None if matches!(
                written,
                Written::Timestamp(..) | Written::Date | Written::Time(..)
            ) =>
            {
                written.to_string().to_ascii_lowercase()
            }
            None => return Ok(None),
        };
        // A field without a name would take what its source says of itself, as of being JSON.
        match parse_type(&text, "cast") {
            Some(field) => Ok(Some(Arc::new(field))),
            None => plan_err!("Unknown type: {text}"),
        }
    }
}

/// A literal of a decimal has as many digits as its text.
pub(super) fn literal(mut literal: TypedString) -> TypedString {
    if let (Written::Decimal(ExactNumberInfo::None), Some(text)) =
        (&literal.data_type, literal.value.value.clone().into_string())
    {
        let digits = text.bytes().filter(u8::is_ascii_digit).count().max(1);
        let scale = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let of = Ident::with_quote('"', format!("decimal({digits},{scale})"));
        literal.data_type = Written::Custom(ObjectName::from(vec![of]), Vec::new());
    }
    literal
}

/// Whether the text of a type is that of a timestamp with a zone.
pub(super) fn is_zoned(text: &str) -> bool {
    text.starts_with("timestamp") && text.ends_with(" with time zone")
}

/// The text of a type that the dialect read.
pub(super) fn text(written: &Written) -> Option<&str> {
    let Written::Custom(name, _) = written else { return None };
    name.0.first()?.as_ident().map(|ident| ident.value.as_str())
}

/// The length of `varchar(n)` and `char(n)`.
pub(super) fn length(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("varchar(").or_else(|| text.strip_prefix("char("))?;
    inner.strip_suffix(')').filter(|length| length.bytes().all(|digit| digit.is_ascii_digit()))
}
