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

pub(crate) use commit::{Change, Pending};
pub(crate) use data_file::DataFile;
pub use error::TableError;
pub(crate) use expire::Expiry;
pub use home::Home;
pub use location::{BUCKET, Location};

pub(crate) use metadata::{Snapshot, TableMetadata};
pub(crate) use schema::{Schema, Type};
pub(crate) use table::{NewTable, Table};
pub(crate) use value::Value;

#[cfg(test)]
mod tests;
