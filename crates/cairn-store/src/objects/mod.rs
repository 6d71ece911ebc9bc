//! The index of the embedded S3: buckets, versions, uploads and what waits to be told of them, in
//! a SQLite file of their own.
//!
//! The index decides what exists. Bytes lie in files that [`Change`] names, written before the
//! change commits and taken away after it; a file that no row names is left from a crash.

mod bucket;
mod change;
mod event;
mod file;
mod index;
mod upload;
mod version;

pub use bucket::{Bucket, Settings};
pub use change::Change;
pub use event::Event;
pub use index::Index;
pub use upload::{Part, Upload};
pub use version::{File, Lock, LockMode, NewVersion, Version};

#[cfg(test)]
mod tests;
