//! CloudTrail Lake.

mod sql;
