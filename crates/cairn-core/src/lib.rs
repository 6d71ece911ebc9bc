//! The words every floor speaks: ids, ARNs, time, entropy, limits, error kinds, named invariants;
//! and what several need: a map that forgets.
//!
//! This crate does no IO beyond asking the operating system for the time and for random bytes, and
//! both are behind traits ([`Clock`], [`Entropy`]) so that a simulation can drive them.

mod arn;
mod clock;
mod entropy;
mod id;
pub mod invariant;
mod kind;
pub mod limits;
mod lru;

pub use arn::Arn;
pub use clock::{Clock, DevClock, ManualClock, SystemClock, Timestamp};
pub use entropy::{Entropy, SeededEntropy, SystemEntropy};
pub use id::{AccountId, IdError, Region, Seq, event_id, unique_id};
pub use kind::ErrorKind;
pub use lru::Lru;
