//! Part files: sealed, sorted, immutable pieces of the index. The bytes are described in
//! `docs/format/history.md`.

mod filter;
mod format;
mod merge;
mod open;
mod postings;
mod scan;
mod seal;
mod write;

#[cfg(feature = "fuzzing")]
pub(crate) use format::HEADER_BYTES;
pub(crate) use format::{Header, PAGE};
pub(crate) use merge::{Merge, Split};
pub(crate) use open::Part;
#[cfg(feature = "fuzzing")]
pub(crate) use scan::Scan;
pub(crate) use seal::seal;

/// The name of a part's file.
pub(crate) fn file_name(id: u64) -> String {
    format!("{id:010}.part")
}

#[cfg(test)]
mod tests;
