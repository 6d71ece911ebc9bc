//! Records of forwarded calls over a real store and journal.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod gaps;
mod intents;
mod kit;
