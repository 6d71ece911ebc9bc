//! CloudTrail Lake.

pub mod file;
mod function;
mod render;
pub mod row;
pub mod schema;
pub mod sql;
