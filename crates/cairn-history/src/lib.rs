//! Event history: an index over the journal, derived, deletable, rebuilt with the same answers.
//!
//! [`History`] is the handle; a [`Scope`] of one account is the only way to ask. The [`Indexer`]
//! follows the journal into a table in memory, so that a record is found as soon as it is durable;
//! the [`Merger`] writes full tables out as parts and merges those to one for each day. Parts hold
//! places and keys, never records: those stay in the journal.
//!
//! The files are described in `docs/format/history.md`.

mod attribute;
mod cache;
mod catalogue;
mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod history;
mod key;
mod lookup;
mod manifest;
mod memtable;
mod merge_worker;
mod newest;
mod part;
mod place;
mod policy;
mod postings;
mod scope;
mod settings;
mod shared;
mod view;
mod worker;

pub use attribute::Attribute;
pub use error::{Damage, Fault, HistoryError};
pub use history::{History, Stats};
pub use lookup::{Page, Query};
pub use merge_worker::Merger;
pub use place::Position;
pub use scope::{KnownScope, Scope};
pub use settings::Settings;
pub use worker::Indexer;
