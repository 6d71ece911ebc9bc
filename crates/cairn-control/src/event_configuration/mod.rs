//! Event configuration: how large the events of an event data store may be and what they are
//! enriched with; what a trail sums up.

mod aggregation;
mod enrichment;
mod get;
mod put;
mod refusals;

use crate::refusal::{Refusal, Why};

/// What is kept does not read.
fn damaged(id: &str, error: &serde_json::Error) -> Refusal {
    Refusal::new(Why::Internal, format!("the event configuration of {id} is damaged: {error}"))
}

fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::new(Why::InvalidParameter, text)
}

fn conflicting(text: impl Into<String>) -> Refusal {
    Refusal::new(Why::InvalidParameterCombination, text)
}
