//! SigV4 against the public signing test suite, and against mutants of it.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says that it cannot go on")]

mod again;
mod dice;
mod meaning;
mod mutants;
mod neutral;
mod refusals;
mod request;
mod round_trip;
mod tamper;
mod vectors;
