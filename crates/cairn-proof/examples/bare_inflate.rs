//! Reads, inflates and hashes log files, and does nothing else: the bare limit of verifying them.
//!
//! ```text
//! cargo run --release -p cairn-proof --example bare_inflate -- PART OF FILE...
//! ```
//!
//! Each of `OF` processes takes every `OF`-th of the files, beginning with number `PART`, and
//! prints how many bytes of text there were.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use cairn_proof::Sha256;

/// A header of ten bytes, as Cairn writes it.
const HEADER: usize = 10;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| args[at].parse::<usize>().expect("a number");
    let (part, of) = (number(0), number(1));
    let mine = args[2..].iter().skip(part).step_by(of);
    println!("{}", mine.map(|path| inflate(path)).sum::<usize>());
}

/// Inflated by the library itself, not by Cairn's reader.
fn inflate(path: &str) -> usize {
    let stored = std::fs::read(path).expect("the file can be read");
    let size = u32::from_le_bytes(*stored.last_chunk().expect("a member ends in its length"));
    let mut plain = Vec::with_capacity(size as usize + 1);
    flate2::Decompress::new(false)
        .decompress_vec(&stored[HEADER..], &mut plain, flate2::FlushDecompress::Finish)
        .expect("what was compressed can be inflated");
    std::hint::black_box(Sha256::of(&plain));
    plain.len()
}
