//! Queries: run, kept, delivered, forgotten.

mod deliver;
mod progress;
mod results;
mod run;
mod runner;

pub use deliver::Deliverer;
pub(crate) use results::Reader;
pub use runner::Runner;
pub(crate) use runner::{Running, running};
