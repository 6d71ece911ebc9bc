//! Part files: sealed, sorted, immutable pieces of the index. The bytes are described in
//! `docs/format/history.md`.

mod filter;
pub(crate) mod format;
mod merge;
mod open;
mod postings;
pub(crate) mod scan;
mod seal;
mod write;

pub(crate) use format::{Header, PAGE};
pub(crate) use merge::{Merge, Split};
pub(crate) use open::Part;
pub(crate) use seal::seal;

/// The name of a part's file.
pub(crate) fn file_name(id: u64) -> String {
    format!("{id:010}.part")
}

#[cfg(test)]
mod tests;
