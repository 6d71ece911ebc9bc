//! Why SNS refuses, in its words.

use cairn_core::ErrorKind;
use cairn_ports::Actor;
use cairn_store::StoreError;
use cairn_wire::Fault;

use crate::sqs::access;

/// `Invalid parameter: ` and the rest of the sentence.
pub(super) fn invalid(rest: impl std::fmt::Display) -> Fault {
    Fault::client("InvalidParameter", format!("Invalid parameter: {rest}"))
}

pub(super) fn parameter(name: &str) -> Fault {
    invalid(name)
}

/// A value within the parameters that cannot be.
pub(super) fn value(message: impl Into<String>) -> Fault {
    Fault::client("ParameterValueInvalid", message)
}

pub(super) fn no_topic() -> Fault {
    not_found("NotFound", "Topic does not exist")
}

pub(super) fn no_subscription() -> Fault {
    not_found("NotFound", "Subscription does not exist")
}

pub(super) fn no_resource() -> Fault {
    not_found("ResourceNotFound", "Resource does not exist")
}

pub(super) fn limit(code: &'static str, message: impl Into<String>) -> Fault {
    Fault::client(code, message).with_status(403).with_kind(ErrorKind::Conflict)
}

pub(super) fn denied(actor: &Actor, action: &str, arn: &str) -> Fault {
    let message = format!(
        "User: {} is not authorized to perform: SNS:{action} on resource: {arn} because no \
         resource-based policy allows the SNS:{action} action",
        access::name(actor)
    );
    Fault::client("AuthorizationError", message).with_status(403).with_kind(ErrorKind::Denied)
}

pub(super) fn unknown(operation: &str) -> Fault {
    let message = format!("The action {operation:.128} is not valid for this web service.");
    Fault::client("InvalidAction", message).with_kind(ErrorKind::NotFound)
}

/// The one mapping from the store's errors to the wire.
pub(super) fn store(error: StoreError) -> Fault {
    let text = error.to_string();
    match error {
        StoreError::LimitExceeded { what, .. } if what.starts_with("topics") => {
            limit("TopicLimitExceeded", text)
        }
        StoreError::LimitExceeded { what, .. } if what.starts_with("subscriptions") => {
            limit("SubscriptionLimitExceeded", text)
        }
        StoreError::LimitExceeded { .. } => {
            Fault::client("Throttled", text).with_status(429).with_kind(ErrorKind::Throttled)
        }
        StoreError::Busy | StoreError::DiskFull | StoreError::Io(_) => Fault::unavailable(text),
        _ => Fault::client("InternalError", "An internal error occurred.")
            .with_status(500)
            .with_kind(ErrorKind::Internal)
            .with_internal(text),
    }
}

/// What the client does not learn is logged.
pub(super) fn report(fault: &Fault) {
    if let Some(internal) = &fault.internal {
        tracing::error!(error = %internal, "a call of SNS failed");
    }
}

fn not_found(code: &'static str, message: &str) -> Fault {
    Fault::client(code, message).with_status(404).with_kind(ErrorKind::NotFound)
}
