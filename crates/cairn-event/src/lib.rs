//! The CloudTrail event record: parsed, built, rendered once, kept as bytes.
