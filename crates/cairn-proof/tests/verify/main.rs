//! Honest buckets verify; attacked ones do not.

#![expect(clippy::unwrap_used, reason = "whatever is not there fails the test")]

mod attacks;
mod detected;
mod flips;
mod honest;
mod kit;
