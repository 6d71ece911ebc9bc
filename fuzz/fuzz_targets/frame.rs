//! Any bytes as each structure of a journal's files, with wrong and with right checksums: no
//! parser panics, and none points outside what it read.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| cairn_journal::fuzz::parsers(data));
