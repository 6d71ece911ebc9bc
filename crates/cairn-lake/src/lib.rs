//! CloudTrail Lake.

pub mod schema;
