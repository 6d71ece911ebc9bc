//! Files that were written before there were columns for some keys of maps: they have the maps.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field};
use cairn_ports::lake::TableSchema;
use datafusion::catalog::Session;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::ProjectionExec;

use super::filters::{Chosen, Part};
use crate::row;
use crate::schema::{self, Key};

/// Those that have all the stored columns, and those that lack one.
pub(super) fn split(chosen: Chosen, columns: &[usize]) -> (Chosen, Chosen) {
    let last = columns.iter().copied().max().unwrap_or(0);
    let Chosen { parts, asked } = chosen;
    let (whole, older): (Vec<Part>, _) = parts.into_iter().partition(|part| part.file.held > last);
    (Chosen { parts: whole, asked }, Chosen { parts: older, asked })
}

/// The stored columns to read of those that lack one.
pub(super) fn read(kind: TableSchema, columns: &[usize]) -> Result<Vec<usize>> {
    let stored = schema::stored(kind);
    let mut read = Vec::with_capacity(columns.len());
    for at in columns {
        let at = match key(kind, *at) {
            Some(key) => stored.index_of(key.map)?,
            None => *at,
        };
        if !read.contains(&at) {
            read.push(at);
        }
    }
    Ok(read)
}

/// Makes the stored columns of what [`read`] says.
pub(super) fn project(
    kind: TableSchema,
    session: &dyn Session,
    read: Arc<dyn ExecutionPlan>,
    columns: &[usize],
) -> Result<Arc<dyn ExecutionPlan>> {
    let (stored, below) = (schema::stored(kind), read.schema());
    let mut made: Vec<(Arc<dyn PhysicalExpr>, String)> = Vec::with_capacity(columns.len());
    for at in columns {
        let name = stored.field(*at).name();
        let Some(key) = key(kind, *at) else {
            made.push((Arc::new(Column::new_with_schema(name, &below)?), name.clone()));
            continue;
        };
        let map = Arc::new(Column::new_with_schema(key.map, &below)?);
        let map_type = below.field_with_name(key.map)?.data_type().clone();
        let text = Arc::new(Literal::new(ScalarValue::from(key.name)));
        let field = Arc::new(Field::new(name, DataType::Utf8, true));
        let options = session.config().options().clone();
        let of = Arc::new(value_of(map_type));
        let value = ScalarFunctionExpr::new("lake_key", of, vec![map, text], field, options);
        made.push((Arc::new(value), name.clone()));
    }
    Ok(Arc::new(ProjectionExec::try_new(made, read)?))
}

/// The key whose values a stored column holds.
fn key(kind: TableSchema, at: usize) -> Option<&'static Key> {
    let keys = schema::keys(kind);
    let first = schema::stored(kind).fields().len() - keys.len();
    keys.get(at.checked_sub(first)?)
}

fn value_of(map: DataType) -> ScalarUDF {
    let value = |arguments: &[ColumnarValue]| {
        let [ColumnarValue::Array(map), ColumnarValue::Scalar(ScalarValue::Utf8(Some(key)))] =
            arguments
        else {
            return internal_err!("lake_key takes a column and a key");
        };
        let values = row::key_values(map.as_map(), &[key])?;
        match values.into_iter().next() {
            Some(values) => Ok(ColumnarValue::Array(Arc::new(values))),
            None => internal_err!("a key has no values"),
        }
    };
    let types = vec![map, DataType::Utf8];
    create_udf("lake_key", types, DataType::Utf8, Volatility::Immutable, Arc::new(value))
}

#[cfg(test)]
mod tests;
