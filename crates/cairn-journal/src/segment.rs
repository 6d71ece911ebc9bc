//! Segment files: their names, how one is made, appended to, sealed, scanned and recovered.

mod active;
mod recover;
mod scan;
mod sealed;

use std::collections::HashMap;

use crate::format::Hash;

pub(crate) use active::{Active, create};
pub(crate) use recover::{Between, Left, recover};
pub(crate) use scan::{payload_crc, scan};
pub(crate) use sealed::{Sealed, load, load_whole, read_header};

/// The last `acct_seq` of each account.
pub(crate) type Counters = HashMap<u64, u64>;

/// Where a journal ends: what the next block has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Edge {
    pub(crate) segment: u64,
    pub(crate) epoch: u64,
    pub(crate) seq: u64,
    pub(crate) block: u64,
    pub(crate) hash: Hash,
    pub(crate) ingest_ms: i64,
}

pub(crate) fn name(segment: u64) -> String {
    format!("{segment:012}.seg")
}

/// A segment that is being made: not part of the journal before it is renamed.
pub(crate) fn new_name(segment: u64) -> String {
    format!("{segment:012}.new")
}

/// The number of a segment file, of whichever suffix.
pub(crate) fn number(name: &str, suffix: &str) -> Option<u64> {
    let digits = name.strip_suffix(suffix)?;
    let plain = digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
