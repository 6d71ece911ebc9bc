//! CloudTrail Lake.

pub mod file;
pub mod row;
pub mod schema;
