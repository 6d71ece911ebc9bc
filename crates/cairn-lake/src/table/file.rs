//! One data file of a table.

use std::io;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use cairn_journal::DiskFile;
use cairn_ports::lake::TableSchema;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};

use crate::iceberg::{DataFile, Home, Location, Type, Value};
use crate::schema;

/// A data file that some view of the table has. Never changed.
pub(crate) struct TableFile {
    pub(crate) location: Location,
    home: Home,
    pub(crate) bytes: u64,
    pub(crate) rows: u64,
    /// Days since 1970-01-01, of all of its rows.
    pub(crate) day: i32,
    /// Of the stored columns.
    pub(crate) statistics: Arc<Statistics>,
    /// How many of the stored columns it has: an older file lacks the last ones.
    pub(crate) held: usize,
}

impl TableFile {
    pub(crate) fn new(home: Home, kind: TableSchema, file: &DataFile) -> Self {
        Self {
            location: file.location.clone(),
            home,
            bytes: file.bytes,
            rows: file.rows,
            day: file.day,
            statistics: Arc::new(statistics(kind, file)),
            held: held(kind, file),
        }
    }

    /// Opens the file; [`super::Cache::open`] keeps it open.
    pub(super) fn open(&self) -> io::Result<Arc<dyn DiskFile>> {
        let found = self.home.open(&self.location).map_err(io::Error::other)?;
        let missing = || io::Error::new(io::ErrorKind::NotFound, self.location.to_string());
        Ok(found.ok_or_else(missing)?.into())
    }
}

impl std::fmt::Debug for TableFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableFile")
            .field("location", &self.location.to_string())
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

fn held(kind: TableSchema, file: &DataFile) -> usize {
    let (columns, keys) = (schema::with_ids(kind), schema::keys(kind).len());
    let own = columns.fields().len() - keys;
    let has = |field: &&Arc<Field>| {
        schema::field_id(field).is_some_and(|id| file.column_sizes.iter().any(|(of, _)| *of == id))
    };
    own + columns.fields()[own..].iter().take_while(has).count()
}

/// What the table's metadata says of the file, for the engine.
fn statistics(kind: TableSchema, file: &DataFile) -> Statistics {
    let columns = schema::with_ids(kind);
    let column_statistics = columns.fields().iter().map(|field| {
        let id = schema::field_id(field);
        let known = id.and_then(|id| column(field.data_type(), id, file));
        known.unwrap_or_else(ColumnStatistics::new_unknown)
    });
    Statistics {
        num_rows: Precision::Exact(file.rows as usize),
        total_byte_size: Precision::Absent,
        column_statistics: column_statistics.collect(),
    }
}

fn column(of: &DataType, id: i32, file: &DataFile) -> Option<ColumnStatistics> {
    let kind = match of {
        DataType::Utf8 => Type::String,
        DataType::Boolean => Type::Boolean,
        DataType::Int32 => Type::Int,
        DataType::Int64 => Type::Long,
        DataType::Timestamp(TimeUnit::Microsecond, None) => Type::Timestamp,
        _ => return None,
    };
    let bound = |value: Option<Value>| {
        // Long texts are cut in the metadata.
        let value = value.and_then(scalar);
        value.map_or(Precision::Absent, Precision::Inexact)
    };
    let nulls = file.nulls(id).and_then(|nulls| usize::try_from(nulls).ok());
    Some(ColumnStatistics {
        null_count: nulls.map_or(Precision::Absent, Precision::Exact),
        min_value: bound(file.lower(id, &kind)),
        max_value: bound(file.upper(id, &kind)),
        ..ColumnStatistics::new_unknown()
    })
}

fn scalar(value: Value) -> Option<ScalarValue> {
    Some(match value {
        Value::Boolean(value) => ScalarValue::Boolean(Some(value)),
        Value::Int(value) => ScalarValue::Int32(Some(value)),
        Value::Long(value) => ScalarValue::Int64(Some(value)),
        Value::Timestamp(value) => ScalarValue::TimestampMicrosecond(Some(value), None),
        Value::Text(value) => ScalarValue::Utf8(Some(value)),
        Value::Float(_) | Value::Double(_) | Value::Date(_) | Value::Binary(_) => return None,
    })
}
