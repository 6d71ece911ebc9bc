//! CloudTrail's operations over a real store and a real journal, and services made for the test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod checks;
mod kit;
mod lake;
mod ports;
mod queries;
mod selectors;
mod tags;
mod trails;
