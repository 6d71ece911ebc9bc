//! Imports: log files of a bucket that are brought into an event data store.

mod find;
mod get;
mod list;
mod list_failures;
mod refusals;
mod source;
mod start;
mod stop;
mod view;

pub(crate) use find::{find, refuse_importing};
