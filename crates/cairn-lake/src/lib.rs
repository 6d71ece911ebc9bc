//! CloudTrail Lake.

pub mod iceberg;

pub use iceberg::{BUCKET, Home, Location, TableError};
