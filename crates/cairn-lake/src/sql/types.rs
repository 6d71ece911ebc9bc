//! Trino's types in casts.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::sql::sqlparser::ast::DataType as Written;

/// Plans the types that the dialect leaves as text, and those of literals.
#[derive(Debug)]
pub(super) struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, written: &Written) -> Result<Option<FieldRef>> {
        let text = match written {
            Written::Custom(name, _) => {
                name.0.first().and_then(|part| part.as_ident()).map(|ident| ident.value.clone())
            }
            Written::Timestamp(..) | Written::Date => Some(written.to_string()),
            _ => None,
        };
        let Some(text) = text else { return Ok(None) };
        match parse(&text.to_ascii_lowercase()) {
            Some(data_type) => Ok(Some(Arc::new(Field::new("", data_type, true)))),
            None => plan_err!("Unknown type: {text}"),
        }
    }
}

fn parse(text: &str) -> Option<DataType> {
    let (head, inner) = match text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        Some((head, inner)) => (head.trim(), Some(inner)),
        None => (text.trim(), None),
    };
    Some(match (head, inner) {
        ("varchar" | "char" | "json", _) => DataType::Utf8,
        ("tinyint", None) => DataType::Int8,
        ("smallint", None) => DataType::Int16,
        ("integer" | "int", None) => DataType::Int32,
        ("bigint", None) => DataType::Int64,
        ("real", None) => DataType::Float32,
        ("double", None) => DataType::Float64,
        ("boolean", None) => DataType::Boolean,
        ("date", None) => DataType::Date32,
        ("timestamp", _) => DataType::Timestamp(TimeUnit::Microsecond, None),
        ("decimal", Some(inner)) => {
            let (precision, scale) = inner.split_once(',').unwrap_or((inner, "0"));
            DataType::Decimal128(precision.trim().parse().ok()?, scale.trim().parse().ok()?)
        }
        ("array", Some(inner)) => DataType::new_list(parse(inner)?, true),
        ("map", Some(inner)) => {
            let (key, value) = inner.split_once(',')?;
            let entries = Fields::from(vec![
                Field::new("key", parse(key)?, false),
                Field::new("value", parse(value)?, true),
            ]);
            DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
        }
        _ => return None,
    })
}
