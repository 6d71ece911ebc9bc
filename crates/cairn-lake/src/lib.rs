//! CloudTrail Lake.
