//! Lifecycle rules that run: what they are, and one pass over all buckets.

mod rule;
mod run;

pub(crate) use rule::complete;
pub use run::ExpireError;
