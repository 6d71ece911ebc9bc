//! Bodies in chunks: the public examples, every split, every tampered byte, and other keys.

#![expect(clippy::unwrap_used, reason = "a panic is how a test says that it cannot go on")]

mod encode;
mod examples;
mod framing;
mod resign;
mod splits;
mod tamper;
