//! Cairn's own operations: what the AWS API has no words for.

mod advance_clock;
mod filter;
mod get_import_report;
mod get_trust_anchor;
mod list_quarantine;
mod list_workers;
mod redeliver_trail;
mod rehearse_trail;
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
    matches!(
        operation,
        "AdvanceClock"
            | "GetImportReport"
            | "GetTrustAnchor"
            | "ListQuarantine"
            | "ListWorkers"
            | "RedeliverTrail"
            | "RehearseTrail"
            | "SearchEvents"
            | "TailEvents"
    )
}

/// Answers one call of an operation that [`serves`] knows.
pub async fn answer(services: &Services, call: &Call) -> Result<Done, Fault> {
    match call.operation.as_str() {
        "AdvanceClock" => advance_clock::handle(services, call),
        "GetImportReport" => get_import_report::handle(services, call).await,
        "GetTrustAnchor" => Ok(get_trust_anchor::handle(services, call)),
        "RedeliverTrail" => redeliver_trail::handle(services, call).await,
        "RehearseTrail" => rehearse_trail::handle(services, call).await,
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
