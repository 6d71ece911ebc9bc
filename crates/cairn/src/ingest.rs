//! Sends log files to the server: finds them, unpacks them, cuts them into records, and posts the
//! records in batches over a few connections at once.
//!
//! One thread reads, so that memory is bounded by the queue between it and the lanes. A record's
//! bytes are sent exactly as they stand in the file. Sending again is harmless: the server knows
//! records by their `eventID`.

mod batch;
mod document;
mod lane;
mod open;
mod read;
mod source;
mod tally;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};
use std::path::PathBuf;

use cairn_event::Piece;
use hyper::body::Bytes;
use indicatif::ProgressBar;
use tokio::sync::{Mutex, mpsc};

use crate::client::{Client, ClientError, Patience};

pub(crate) use source::Source;
pub(crate) use tally::Tally;

/// Requests in flight at once.
const LANES: usize = 4;

#[derive(Debug, thiserror::Error)]
pub(crate) enum IngestError {
    #[error("failed to look into {}: {error}", path.display())]
    Unlistable { path: PathBuf, error: io::Error },
    #[error("no log file (*.json, *.jsonl, *.gz, *.zst) in the places given")]
    NoFiles,
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("failed to start the reader: {0}")]
    Reader(#[source] cairn_task::WorkerError),
    #[error(
        "not everything was taken: {conflicts} conflicts, {refused} records refused, \
         {unread} files not read to their end"
    )]
    Incomplete { conflicts: usize, refused: u64, unread: u64 },
}

/// Gives every record of a source to `take`, until that says `false`.
///
/// # Errors
/// Why the source cannot be read to its end.
pub(crate) fn each_record(
    source: &Source,
    take: &mut dyn FnMut(Piece) -> bool,
) -> Result<(), String> {
    let text = open::open(source, &ProgressBar::hidden());
    each(&mut text.map_err(|error| error.to_string())?, take)
}

/// As [`each_record`], of a file's bytes as stored.
pub(crate) fn each_record_of(
    stored: Bytes,
    take: &mut dyn FnMut(Piece) -> bool,
) -> Result<(), String> {
    let text = open::unpack(Box::new(io::Cursor::new(stored)), &ProgressBar::hidden());
    each(&mut text.map_err(|error| error.to_string())?, take)
}

fn each(text: &mut dyn BufRead, take: &mut dyn FnMut(Piece) -> bool) -> Result<(), String> {
    let mut give = |chunk: Bytes| cairn_event::split(&chunk, usize::MAX).all(&mut *take);
    document::chunks(text, &mut give).map_err(|error| error.to_string())
}

/// What the reader hands to the lanes.
enum Load {
    Parcel(batch::Parcel),
    /// A source was read to its end.
    Done,
    /// A source was given up; what had been cut from it is sent.
    Unread(String),
}

/// Sends everything in `sources`. Only what stops the whole run is an error; the rest is told.
pub(crate) async fn ingest(
    client: &Client,
    sources: Vec<Source>,
    account_from_record: bool,
    bar: &ProgressBar,
) -> Result<Tally, IngestError> {
    let (sender, receiver) = mpsc::channel(LANES);
    let clock = std::sync::Arc::new(cairn_core::SystemClock::default());
    let bytes_read = bar.clone();
    cairn_task::Supervisor::new(clock)
        .spawn_thread("ingest-reader", cairn_task::OnFailure::Report, move || {
            read::read(&sources, &sender, &bytes_read);
            Ok(())
        })
        .map_err(IngestError::Reader)?;
    let queue = Mutex::new(receiver);
    let tally = tally::Shared::default();
    let lane = || lane::Lane {
        client: client.lane(Patience::LONG),
        queue: &queue,
        tally: &tally,
        account_from_record,
    };
    let run = || Box::pin(lane().run());
    tokio::try_join!(run(), run(), run(), run())?;
    Ok(tally.into_inner())
}
