//! One call of CloudTrail: find the handler, let it answer, turn its error into a fault.

use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_wire::Fault;

use crate::Services;
use crate::table;

/// Answers one call of CloudTrail's API.
pub async fn answer(services: &Services, call: &Call) -> Result<Done, Fault> {
    if !cairn_api::is_operation(&call.operation) {
        return Err(Fault::unknown_operation(&call.operation));
    }
    let limited = call.operation == "LookupEvents";
    if limited && !services.throttle.allows(call.caller.account, &call.region) {
        return Err(Fault::throttled());
    }
    match table::handler(&call.operation) {
        Some(handle) => handle(services, call).await,
        None => Err(Fault::unsupported_operation(&call.operation)),
    }
}

/// Whether CloudTrail has an operation of this name.
pub fn knows(operation: &str) -> bool {
    cairn_api::is_operation(operation)
}

/// What the record of a failed call shows of its request.
pub fn failed(call: &Call) -> Trace {
    let own_reads = ["Get", "List", "Rehearse", "Search", "Tail"];
    let own = || own_reads.iter().any(|prefix| call.operation.starts_with(prefix));
    Trace {
        request_parameters: request_parameters(&call.body, &["StartTime", "EndTime"]),
        read_only: cairn_api::is_read_only(&call.operation).unwrap_or_else(own),
        ..Trace::default()
    }
}
