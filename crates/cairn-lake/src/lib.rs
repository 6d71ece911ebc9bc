//! CloudTrail Lake.

pub mod iceberg;
