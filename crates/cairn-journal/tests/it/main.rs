//! The journal from outside: what is stored, what is found again, and what damage does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crash;
mod damage;
mod faulty;
mod full;
mod ids;
mod kit;
mod model;
mod poison;
mod round_trip;
