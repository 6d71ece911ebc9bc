//! CloudTrail Lake.

pub mod sql;
