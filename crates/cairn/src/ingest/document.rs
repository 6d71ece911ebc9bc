//! Cuts a text into chunks that hold whole records: JSON lines as they stream by, and any other
//! form, such as `{"Records":[…]}`, as one piece.

use std::io::{self, BufRead, Read};

use cairn_core::limits::QUARANTINE_BYTES;
use hyper::body::Bytes;

/// Text read before it is decided what it is, and the size of a chunk of lines.
const CHUNK: usize = 4 * 1024 * 1024;
/// The largest text that is no JSON lines.
pub(super) const DOCUMENT: usize = 512 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub(super) enum DocumentError {
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    #[error("one JSON document of more than {} MiB: write it as JSON lines", DOCUMENT >> 20)]
    TooLarge,
    #[error("a line of more than {} MiB: no record is that long", QUARANTINE_BYTES >> 20)]
    LongLine,
    #[error("it breaks off before its end; what was there is sent")]
    Unclosed,
    /// The lanes have given up.
    #[error("the run was ended")]
    Ended,
}

/// Gives `text` to `give`, chunk after chunk, until it says `false`.
pub(super) fn chunks(
    text: &mut dyn BufRead,
    give: &mut dyn FnMut(Bytes) -> bool,
) -> Result<(), DocumentError> {
    let mut held = Vec::new();
    if fill(text, &mut held, CHUNK)? {
        return hand(give, held);
    }
    if is_document(&held) {
        if !fill(text, &mut held, DOCUMENT)? {
            return Err(DocumentError::TooLarge);
        }
        return hand(give, held);
    }
    loop {
        let rest = held.split_off(last_line(&held));
        hand(give, std::mem::replace(&mut held, rest))?;
        if held.len() > QUARANTINE_BYTES {
            return Err(DocumentError::LongLine);
        }
        let room = held.len() + CHUNK;
        if fill(text, &mut held, room)? {
            return hand(give, held);
        }
    }
}

/// Reads until `held` has more than `limit` bytes or the text ends; says whether it ended.
fn fill(text: &mut dyn BufRead, held: &mut Vec<u8>, limit: usize) -> io::Result<bool> {
    let room = (limit + 1).saturating_sub(held.len());
    text.take(room as u64).read_to_end(held)?;
    Ok(held.len() <= limit)
}

fn hand(give: &mut dyn FnMut(Bytes) -> bool, chunk: Vec<u8>) -> Result<(), DocumentError> {
    if chunk.is_empty() || give(Bytes::from(chunk)) { Ok(()) } else { Err(DocumentError::Ended) }
}

/// Where the last line begins, if possible one that begins a record: a record may span lines. 0
/// where there is but one line.
fn last_line(held: &[u8]) -> usize {
    let begins = |at: &usize| held[at - 1] == b'\n';
    let record = (1..held.len()).rev().filter(begins).find(|at| held[*at] == b'{');
    record.or_else(|| (1..=held.len()).rev().find(begins)).unwrap_or(0)
}

/// Whether the text is one value over its whole length: an array, or an envelope.
fn is_document(head: &[u8]) -> bool {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
    let Some(inside) = head.strip_prefix(b"{") else {
        return head.starts_with(b"[");
    };
    inside.trim_ascii_start().starts_with(b"\"Records\"")
}
