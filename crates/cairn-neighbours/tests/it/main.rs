//! STS and the identities over a real store and a real journal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod access;
mod identities;
mod kit;
mod kms;
mod records;
mod sessions;
mod sts;
