//! The reading thread: sources in, parcels out.

use cairn_event::Piece;
use hyper::body::Bytes;
use indicatif::ProgressBar;
use tokio::sync::mpsc::Sender;

use super::batch::{Batch, Parcel};
use super::document::{self, DocumentError};
use super::{Load, Source, open};

/// Reads `sources` one after the other until they end or nobody takes the parcels any more.
pub(super) fn read(sources: &[Source], lanes: &Sender<Load>, bar: &ProgressBar) {
    let mut batch = Batch::default();
    for source in sources {
        let load = match read_one(source, &mut batch, lanes, bar) {
            Ok(()) => Load::Done,
            Err(DocumentError::Ended) => return,
            Err(error) => Load::Unread(format!("{}: {error}", source.name())),
        };
        if lanes.blocking_send(load).is_err() {
            return;
        }
    }
    if let Some(parcel) = batch.take() {
        // Nobody to send to means that the run has failed already.
        let _ = lanes.blocking_send(Load::Parcel(parcel));
    }
}

fn read_one(
    source: &Source,
    batch: &mut Batch,
    lanes: &Sender<Load>,
    bar: &ProgressBar,
) -> Result<(), DocumentError> {
    let mut text = open::open(source, bar)?;
    let mut whole = true;
    document::chunks(&mut text, &mut |chunk| pack(&chunk, batch, lanes, &mut whole))?;
    if whole { Ok(()) } else { Err(DocumentError::Unclosed) }
}

/// Cuts one chunk into records and sends what is full. `false` once nobody takes it. Clears `whole`
/// where the chunk breaks off between two records.
fn pack(chunk: &Bytes, batch: &mut Batch, lanes: &Sender<Load>, whole: &mut bool) -> bool {
    for piece in cairn_event::split(chunk, usize::MAX) {
        let parcel = match piece {
            Piece::Event(event) => batch.add(event.raw()),
            Piece::Flawed { bytes, .. } if bytes.is_empty() => {
                *whole = false;
                None
            }
            Piece::Flawed { bytes, .. } => Some(Parcel::alone(bytes)),
        };
        let sent = parcel.is_none_or(|parcel| lanes.blocking_send(Load::Parcel(parcel)).is_ok());
        if !sent {
            return false;
        }
    }
    true
}
