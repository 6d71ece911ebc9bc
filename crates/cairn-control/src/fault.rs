//! From an operation's error to the wire.

use cairn_api::OperationError;
use cairn_core::ErrorKind;
use cairn_store::StoreError;
use cairn_wire::Fault;

/// The one mapping from an operation's error to the wire.
pub(crate) fn fault(error: &impl OperationError) -> Fault {
    match error.status() {
        500 => Fault::internal(error.to_string()),
        503 => Fault::unavailable(error.message()),
        _ => Fault::client(error.code(), error.message()),
    }
}

/// The store's refusals, where no operation has a name for them.
pub(crate) fn store_fault(error: &StoreError) -> Fault {
    match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Throttled => Fault::unavailable(error.to_string()),
        _ => Fault::internal(error.to_string()),
    }
}
