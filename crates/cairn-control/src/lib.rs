//! CloudTrail's operations: one file each, one table.
