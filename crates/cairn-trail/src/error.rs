use std::io;

use cairn_core::Seq;
use cairn_journal::ReadError;
use cairn_proof::{KeyError, NoteError};
use cairn_store::StoreError;

/// What keeps a step of delivery from being done. All of them are tried again.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] ReadError),
    #[error("failed to use the spool of trails: look at the disk and at its permissions")]
    Spool(#[from] io::Error),
    #[error("the plan of the trail {trail} cannot be read: {why}")]
    Plan { trail: String, why: String },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("the journal no longer gives the bytes of {key}, from {first} to {last}")]
    Gone { key: String, first: Seq, last: Seq },
}
