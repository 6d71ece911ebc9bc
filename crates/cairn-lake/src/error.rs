//! What can go wrong in the lake.

use std::io;

use arrow::error::ArrowError;
use cairn_journal::ReadError;
use cairn_store::StoreError;
use datafusion::error::DataFusionError;
use parquet::errors::ParquetError;

use crate::file::FileError;
use crate::iceberg::TableError;

/// Why the lake did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    #[error("the lake's files: {0}")]
    Disk(#[from] io::Error),
    #[error("the journal: {0}")]
    Journal(#[from] ReadError),
    #[error("the state: {0}")]
    Store(#[from] StoreError),
    #[error("columns: {0}")]
    Arrow(#[from] ArrowError),
    #[error("a data file: {0}")]
    Parquet(#[from] ParquetError),
    #[error("a data file: {0}")]
    File(#[from] FileError),
    #[error("a query: {0}")]
    Engine(#[from] DataFusionError),
    #[error("a table: {0}")]
    Table(#[from] TableError),
    /// The keys that results are signed with.
    #[error("the signing keys: {0}")]
    Keys(String),
    /// What a plan says cannot be read.
    #[error("the plan of the event data store {store}: {why}")]
    Plan { store: String, why: String },
    /// A table's metadata, or a result, is not what was written.
    #[error("{what} is damaged: {why}; it is made again from the journal if it is removed")]
    Damaged { what: String, why: String },
}
