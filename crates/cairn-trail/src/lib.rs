//! What trails deliver: log files, notices of them, digests and their proofs.
//!
//! The [`Collector`] follows the journal and sorts records into open files, one for each trail,
//! account, Region and folder. At the end of a window the files are sealed, synced into the spool
//! and noted in the store together with the cursor: from there on their bytes and keys are fixed.
//! The [`Uploader`] puts them into their buckets, once and never over something else, and the
//! [`Notifier`] tells topics of them. The [`Digester`] names delivered files in digests.
//!
//! A crash between any two of these steps is followed by the same bytes under the same keys.

mod collector;
mod digester;
mod error;
mod figures;
mod keys;
mod lane;
mod notifier;
mod plan;
mod redeliver;
mod rehearse;
mod rest;
mod result_keys;
mod settings;
mod shared;
mod spool;
mod stream;
mod time;
mod trails;
mod uploader;

pub use collector::Collector;
pub use digester::Digester;
pub use error::TrailError;
pub use figures::Figures;
pub use notifier::Notifier;
pub use redeliver::Redelivered;
pub use rehearse::{Rehearsal, Rehearsed};
pub use result_keys::RegionKeys;
pub use settings::Settings;
pub use shared::Parts;
pub use trails::Trails;
pub use uploader::Uploader;
