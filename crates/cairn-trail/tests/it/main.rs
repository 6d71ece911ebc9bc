//! Delivery over a real journal and a real store, into a bucket that can be made to fail.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod bucket;
mod disk;
mod kit;

mod again;
mod crash;
mod digests;
mod files;
mod model;
