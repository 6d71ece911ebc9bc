//! Any bytes as a segment that a dead process left: the scan never panics, and whatever tail is
//! lost, no record appears that was not there before.
//!
//! Input: where the tail is lost (u16), then the file.

#![no_main]

use cairn_journal::fuzz::{mended, records};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((at, bytes)) = data.split_first_chunk::<2>() else {
        return;
    };
    records(bytes);
    let mut bytes = mended(bytes);
    let Some(whole) = records(&bytes) else {
        return;
    };
    let at = usize::from(u16::from_le_bytes(*at)) % (bytes.len() + 1);
    bytes[at..].fill(0);
    assert!(records(&bytes).is_none_or(|left| left <= whole));
    bytes.truncate(at);
    assert!(records(&bytes).is_none_or(|left| left <= whole));
});
