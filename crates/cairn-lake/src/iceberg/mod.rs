//! Tables as other engines read them: Iceberg, format version 2, written here.
//!
//! A table is what its newest metadata file says: schema, partitions, snapshots. A snapshot is a
//! list of manifests, a manifest a list of data files. Nothing is ever written over: a change adds
//! files ([`Table::commit`]), and it takes effect when the catalog's row names the new metadata
//! file (`cairn_store::lake_table::swap`). Until then, and after a crash before that, the new files
//! are nobody's, and [`Home::orphans`] finds them.

mod avro;
mod commit;
mod data_file;
mod error;
mod expire;
mod home;
mod location;
mod manifest;
mod manifest_list;
mod metadata;
mod parquet_stats;
mod schema;
mod table;
mod value;

pub use commit::{Change, Pending};
pub use data_file::DataFile;
pub use error::TableError;
pub use expire::Expiry;
pub use home::Home;
pub use location::{BUCKET, Location};
pub use manifest::Entry;
pub use metadata::{Snapshot, TableMetadata};
pub use schema::{Field, Schema, Type};
pub use table::{NewTable, Table};
pub use value::Value;

#[cfg(test)]
mod tests;
