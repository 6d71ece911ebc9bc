//! CloudTrail Lake.

pub mod file;
pub mod row;
pub mod schema;
pub mod sql;
