//! Resource policies of event data stores and channels: who else may use them.

mod allows;
mod delete;
mod get;
mod put;
mod refusals;
mod resource;
mod rules;

pub(crate) use allows::{Asker, Asks, Source, decision, service_decision};
