//! Imports: log files of any CloudTrail bucket, brought into an event data store.
//!
//! ```text
//! listing ─► digests ─► chains ─► log files ─► table
//! (folders)  (what has   (is one   (are they    (events and what was
//!             to be there) gone?)    as named?)   brought, in one change)
//! ```
//!
//! The bucket is what is true of these events: they go into no journal and into no history. Digests
//! that lie beside the log files are taken as the list of what has to be there, so the import says
//! by name what is gone, what was changed and what nobody vouches for.
//!
//! Whatever is read here was written by somebody else: sizes are bounded before anything is taken
//! apart, and nothing is believed because it says so itself.

mod bring;
mod chain;
mod digest;
mod fault;
mod judge;
mod list;
mod logfile;
mod patience;
mod portion;
mod scope;
mod sink;
mod table;
#[cfg(test)]
mod tests;
mod worker;

pub use worker::Importer;
