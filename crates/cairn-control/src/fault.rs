//! From an operation's error to the wire.

use cairn_api::OperationError;
use cairn_wire::Fault;

/// The one mapping from an operation's error to the wire.
pub(crate) fn fault(error: &impl OperationError) -> Fault {
    match error.status() {
        500 => Fault::internal(error.to_string()),
        503 => Fault::unavailable(error.message()),
        _ => Fault::client(error.code(), error.message()),
    }
}
