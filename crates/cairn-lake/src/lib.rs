//! CloudTrail Lake: event data stores as tables that other engines read while they are written, and
//! SQL over them.
//!
//! [`Lake`] is the handle. `Collector` follows the journal and makes rows visible, `Flusher` writes
//! them into files, `Tender` joins files and drops what is past its retention, `Runner` runs
//! queries, `Deliverer` brings results to S3, `Importer` brings log files of buckets into tables.
//! This crate is the only one that knows the query engine: the floors above see the port
//! `cairn_ports::lake`.

mod collector;
mod commit;
mod context;
mod draft;
mod engine;
mod error;
mod fault;
mod file;
mod files;
mod flusher;
mod function;
mod iceberg;
mod import;
mod lake;
mod plan;
mod query;
mod render;
mod row;
mod schema;
mod settings;
mod shared;
mod sql;
mod table;
mod tally;
mod tend;
mod write;

pub use collector::Collector;
pub use error::LakeError;
pub use files::{FILES, Files, FilesError, columns, write_parquet};
pub use flusher::Flusher;
pub use iceberg::{BUCKET, Home, Location, TableError};
pub use import::Importer;
pub use lake::Lake;
pub use query::{Deliverer, Runner};
pub use settings::Settings;
pub use shared::Parts;
pub use tend::Tender;
