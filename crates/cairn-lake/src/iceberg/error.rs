use std::io;

use arrow::datatypes::DataType;

/// Why a table cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("the column '{column}' has no field id")]
    FieldId { column: String },
    #[error("the column '{column}' has the type {found}, which tables cannot have")]
    Type { column: String, found: DataType },
    #[error("the schema has no timestamp column '{column}', which tables are partitioned by")]
    Partition { column: &'static str },
    #[error("'{text}' is no location of a table's file")]
    Location { text: String },
    #[error("the file {path} is damaged: {detail}")]
    Damaged { path: String, detail: String },
    #[error("the table does not have the file {path}")]
    Gone { path: String },
    #[error("the table has the file {path} already")]
    Twice { path: String },
    #[error("the change adds and removes nothing")]
    Empty,
    #[error("the file {path}: {error}")]
    Io { path: String, error: io::Error },
    #[error("failed to encode a manifest: {0}")]
    Avro(#[from] Box<apache_avro::Error>),
    #[error("failed to encode the table's metadata: {0}")]
    Json(#[from] serde_json::Error),
}

impl TableError {
    pub(super) fn damaged(path: &impl ToString, detail: impl ToString) -> Self {
        Self::Damaged { path: path.to_string(), detail: detail.to_string() }
    }

    pub(super) fn io(path: &impl ToString) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_string();
        move |error| Self::Io { path, error }
    }
}

impl From<apache_avro::Error> for TableError {
    fn from(error: apache_avro::Error) -> Self {
        Self::Avro(Box::new(error))
    }
}
