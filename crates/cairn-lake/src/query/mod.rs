//! Queries: run, kept, delivered, forgotten.

mod deliver;
mod interrupt;
mod progress;
mod results;
mod run;
mod runner;

pub use deliver::Deliverer;
pub(crate) use interrupt::interruptible;
#[cfg(test)]
pub(crate) use progress::Gauge;
pub(crate) use progress::Term;
pub(crate) use results::Reader;
pub use runner::Runner;
pub(crate) use runner::{Running, running};
