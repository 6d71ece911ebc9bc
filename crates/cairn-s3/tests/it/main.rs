//! The service over real files, asked as clients ask.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod access;
mod crash;
mod events;
mod kit;
mod lifecycle;
mod listing;
mod objects;
mod port;
mod versions;
