//! The durable, ordered, checksummed log of every record: the only truth.
//!
//! A journal is one directory with one writer. [`Journal`] is the handle that everyone holds:
//! it takes [`Draft`]s and gives back [`Outcome`]s once they are durable, and it reads [`Record`]s
//! by [`cairn_core::Seq`], by event id, or in order from a place onwards. [`Writer`] is the one
//! thread that commits: one group of drafts is one block, one write and one sync.
//!
//! The files are described in `docs/format/journal.md`.
#![deny(clippy::indexing_slicing)]

mod archive;
mod content;
mod defect;
mod disk;
mod error;
mod format;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod ids;
mod journal;
mod merger;
mod open;
mod prepare;
mod queue;
mod reader;
mod record;
mod ring;
mod scrub;
mod segment;
mod settings;
mod shared;
mod stats;
mod writer;

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

#[cfg(feature = "mutants")]
pub use defect::Defect;
pub use disk::{Disk, DiskFile, FileDisk, LockError, LockGuard, is_full};
pub use error::{AppendError, Damage, Fault, OpenError, Poisoned, ReadError};
pub use journal::Journal;
pub use merger::Merger;
pub use open::{Cut, Recovery};
pub use prepare::Preparer;
pub use queue::Ticket;
pub use reader::Reader;
pub use record::{Body, Draft, Kind, Outcome, Record};
pub use scrub::ScrubReport;
pub use settings::Settings;
pub use shared::Parts;
pub use stats::Stats;
pub use writer::{Step, Writer};

// A lock is poisoned only by a panic while it was held. What these locks guard is whole at every
// step, and a process that stores evidence ends by its own checks, not by a second panic.

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_lock<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_lock<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
