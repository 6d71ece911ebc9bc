//! Verifying a trail's bucket: where the bytes come from, which keys are believed, on how many
//! threads, and how the outcome is shown. What is verified is `cairn_proof::verify`'s business.

mod bucket;
mod copy;
mod crew;
mod event;
mod keys;
mod listing;
mod show;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

pub(crate) use bucket::{Bucket, BucketSource};
pub(crate) use copy::{Copies, Copy};
pub(crate) use crew::Crew;
pub(crate) use event::prove;
pub(crate) use keys::{pinned, public_keys, public_keys_of};
pub(crate) use listing::encoded;
pub(crate) use show::{Form, show};

/// Why there is nothing to verify.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VerifyError {
    #[error("failed to read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("{} has no key to verify with: {why}", path.display())]
    KeyFile { path: PathBuf, why: String },
    #[error("'{text}' is neither a verifier key (NAME+HASH+KEY) nor a file with one")]
    Key { text: String },
    #[error("no key to verify with: --key is not given, and there is no server to ask")]
    NoKey,
    #[error("there is no trail '{name}'")]
    NoTrail { name: String },
    #[error("there are {count} trails; name one with --trail: {names}")]
    WhichTrail { count: usize, names: String },
    #[error("the server's answer has no {member}")]
    Answer { member: &'static str },
    #[error("the listing of {bucket} is not what S3 gives: {why}")]
    Listing { bucket: String, why: String },
    #[error("failed to start a thread: {0}")]
    Thread(#[source] cairn_task::WorkerError),
    #[error("no proof was found that names this log file; give it with --proof")]
    NoProof,
    #[error("{0}")]
    Event(#[from] cairn_proof::verify::EventError),
}
