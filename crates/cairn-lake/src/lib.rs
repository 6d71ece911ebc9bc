//! CloudTrail Lake.

mod error;
mod table;

pub use error::LakeError;
