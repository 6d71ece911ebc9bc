//! One log file: from stored bytes to events.

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_event::{Category, Event, Piece, split};
use cairn_proof::{GzipError, GzipForm, Sha256, gunzip};
use cairn_store::import::Fault;

use super::fault::{INVALID_LOG, LARGE_LOG, TAMPERED_LOG, fault, last};

/// A log file as it is stored.
pub(super) const STORED_BYTES: u64 = 64 * 1024 * 1024;
/// A log file's text: what CloudTrail makes, and as much again.
const TEXT_BYTES: usize = 128 * 1024 * 1024;
/// Records of one file.
const RECORDS: usize = 1_000_000;

/// What a digest says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) sha256: [u8; 32],
    /// Whether the signature of the digest was checked.
    pub(super) signed: bool,
}

/// What a file holds for a store.
#[derive(Debug, Default)]
pub(super) struct Holding {
    pub(super) events: Vec<Event>,
    /// Events from before the time that the store keeps.
    pub(super) expired: u64,
    /// Events of categories that the store does not have.
    pub(super) other: u64,
    /// Text.
    pub(super) bytes: u64,
    /// Pieces that are no records; the rest was brought.
    pub(super) fault: Option<Fault>,
}

/// Reads a log file, whose text has to have the hash that a digest names it with. Events from
/// before `since` are left out.
pub(super) fn read(
    location: &str,
    stored: &[u8],
    named: Option<&Named>,
    since: Timestamp,
) -> Result<Holding, Fault> {
    let text = match gunzip(stored, TEXT_BYTES, GzipForm::Any) {
        Ok(text) => Bytes::from(text),
        Err(error) => return Err(unreadable(location, stored, named, error)),
    };
    if let Some(named) = named
        && *Sha256::of(&text).as_bytes() != named.sha256
    {
        let text = "its content is not what the digest says: none of its events were imported";
        return Err(fault(location.to_owned(), TAMPERED_LOG, text));
    }
    if !is_log(&text) {
        let text = "it is not a CloudTrail log file: it has no Records";
        return Err(fault(location.to_owned(), INVALID_LOG, text));
    }
    records(location, &text, since)
}

/// What a digest names was whole once.
fn unreadable(location: &str, stored: &[u8], named: Option<&Named>, error: GzipError) -> Fault {
    let location = location.to_owned();
    match error {
        _ if named.is_some() => {
            let text = format!("{error}, and the digest says otherwise: it was changed");
            fault(location, TAMPERED_LOG, text)
        }
        GzipError::TooLong { .. } => {
            let text = format!("its content is longer than {TEXT_BYTES} bytes");
            fault(location, LARGE_LOG, text)
        }
        GzipError::NotGzip if stored.trim_ascii_start().starts_with(b"{") => {
            fault(location, INVALID_LOG, "it is not compressed: log files are gzip")
        }
        error => fault(location, INVALID_LOG, error.to_string()),
    }
}

/// An object whose first member is `Records`, as CloudTrail writes it.
fn is_log(text: &[u8]) -> bool {
    let behind = |text: &[u8], mark: &[u8]| {
        text.trim_ascii_start().strip_prefix(mark).map(|rest| rest.len())
    };
    let tail = |left: usize| &text[text.len() - left..];
    let found = behind(text, b"{")
        .and_then(|left| behind(tail(left), b"\"Records\""))
        .and_then(|left| behind(tail(left), b":"))
        .and_then(|left| behind(tail(left), b"["));
    found.is_some()
}

fn records(location: &str, text: &Bytes, since: Timestamp) -> Result<Holding, Fault> {
    let mut holding = Holding { bytes: text.len() as u64, ..Holding::default() };
    let (mut pieces, mut flawed, mut first) = (0u64, 0u64, None);
    for piece in split(text, RECORDS) {
        pieces += 1;
        match piece {
            Piece::Event(event) if event.time() < since => holding.expired += 1,
            Piece::Event(event) => match event.category() {
                Category::Management | Category::Data | Category::NetworkActivity => {
                    holding.events.push(event);
                }
                _ => holding.other += 1,
            },
            Piece::Flawed { flaw, .. } => {
                flawed += 1;
                first.get_or_insert((pieces, flaw));
            }
        }
    }
    let Some((place, flaw)) = first else { return Ok(holding) };
    if flawed == pieces {
        let text = format!("none of its {pieces} records is one: {}", flaw.reason.code());
        return Err(fault(location.to_owned(), INVALID_LOG, text));
    }
    let text = format!(
        "{flawed} of its {pieces} records are none and were left out; the first is number {place}: \
         {}",
        flaw.reason.code()
    );
    holding.fault = Some(last(location.to_owned(), INVALID_LOG, text));
    Ok(holding)
}
