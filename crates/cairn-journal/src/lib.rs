//! The durable, ordered, checksummed log of every record: the only truth.
//!
//! A journal is one directory with one writer. [`Journal`] is the handle that everyone holds:
//! it takes [`Draft`]s and gives back [`Outcome`]s once they are durable, and it reads [`Record`]s
//! by [`cairn_core::Seq`], by event id, or in order from a place onwards. [`Writer`] is the one
//! thread that commits: one group of drafts is one block, one write and one sync.
//!
//! The files are described in `docs/format/journal.md`.
#![deny(clippy::indexing_slicing)]

mod defect;
mod disk;
mod error;
mod journal;
mod record;
mod settings;

#[cfg(feature = "mutants")]
pub use defect::Defect;
pub use disk::{Disk, DiskFile, FileDisk, LockError, LockGuard, is_full};
pub use error::{AppendError, Damage, Fault, OpenError, Poisoned, ReadError};
pub use journal::{
    Cut, Journal, Merger, Parts, Preparer, Reader, Recovery, ScrubReport, Stats, Step, Ticket,
    Writer,
};
pub use record::{Body, Draft, Kind, Outcome, Record};
pub use settings::Settings;
