//! Queries of the lake: started, watched, read, listed and ended. They run in the lake; what is
//! known of them is in the store.

mod cancel;
mod delivery;
mod describe;
mod find;
mod list;
mod plan;
mod refusals;
mod results;
mod source;
mod start;
mod statement;
mod view;

pub(crate) use plan::check;
pub(crate) use source::{Action, Owner, Who};
pub(crate) use start::room;
pub(crate) use statement::{PLACEHOLDER, fill};

/// Queries of an account in a Region that may wait or run at once.
pub(crate) const CONCURRENT: usize = 10;

/// How long a query and its result can be asked for.
pub(crate) const KEPT_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
