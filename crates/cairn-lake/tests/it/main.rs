//! Tables and queries over a real journal and a real store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod context;
mod faults;
mod kit;
mod large;
mod life;
mod queries;
mod tables;
