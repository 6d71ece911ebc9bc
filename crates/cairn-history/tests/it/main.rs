//! Event history over a real journal, driven step by step.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod damage;
mod kit;
mod model;
mod pages;
mod retention;
mod tenancy;
mod workers;
