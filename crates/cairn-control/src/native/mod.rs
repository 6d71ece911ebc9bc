//! Cairn's own read operations: what the AWS API has no words for.

mod filter;
mod list_quarantine;
mod list_workers;
mod search_events;
mod shapes;
mod tail;
mod tail_events;
mod tails;

use cairn_gateway::{Call, Done};
use cairn_wire::Fault;
use serde::de::DeserializeOwned;
pub use tails::Tails;

use crate::Services;

/// Whether `operation` is one of these.
pub fn serves(operation: &str) -> bool {
    matches!(operation, "SearchEvents" | "TailEvents" | "ListQuarantine" | "ListWorkers")
}

/// Answers one call of an operation that [`serves`] knows.
pub async fn answer(services: &Services, call: &Call) -> Result<Done, Fault> {
    match call.operation.as_str() {
        "SearchEvents" => search_events::handle(services, call).await,
        "TailEvents" => tail_events::handle(services, call).await,
        "ListQuarantine" => list_quarantine::handle(services, call).await,
        "ListWorkers" => list_workers::handle(services, call),
        other => Err(Fault::unknown_operation(other)),
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fault> {
    cairn_wire::aws_json::decode(body)
}

fn invalid(message: String) -> Fault {
    Fault::validation(message)
}
