//! CloudTrail Lake.

mod import;
