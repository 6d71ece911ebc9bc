//! What KMS says when it refuses.

use cairn_core::ErrorKind;
use cairn_ports::Actor;
use cairn_store::{KmsKey, StoreError};
use cairn_wire::Fault;

use super::ask::Ask;

pub(super) fn not_found(message: String) -> Fault {
    Fault::client("NotFoundException", message).with_kind(ErrorKind::NotFound)
}

pub(super) fn no_key(arn: &str) -> Fault {
    not_found(format!("Key '{arn}' does not exist"))
}

pub(super) fn no_alias(arn: &str) -> Fault {
    not_found(format!("Alias {arn} is not found."))
}

pub(super) fn disabled(key: &KmsKey) -> Fault {
    let message = format!("{} is disabled.", key.arn());
    Fault::client("DisabledException", message).with_kind(ErrorKind::Conflict)
}

pub(super) fn pending_deletion(key: &KmsKey) -> Fault {
    invalid_state(format!("{} is pending deletion.", key.arn()))
}

pub(super) fn invalid_state(message: String) -> Fault {
    Fault::client("KMSInvalidStateException", message).with_kind(ErrorKind::Conflict)
}

/// KMS does not say what is wrong with a text that it cannot open.
pub(super) fn invalid_ciphertext() -> Fault {
    Fault::client("InvalidCiphertextException", "")
}

pub(super) fn incorrect_key() -> Fault {
    let message =
        "The key ID in the request does not identify a CMK that can perform this operation.";
    Fault::client("IncorrectKeyException", message)
}

pub(super) fn unsupported(message: &str) -> Fault {
    Fault::client("UnsupportedOperationException", message)
}

pub(super) fn dry_run() -> Fault {
    let message = "The request would have succeeded, but the DryRun option is set.";
    Fault::client("DryRunOperationException", message).with_status(412)
}

pub(super) fn anonymous() -> Fault {
    Fault::client("MissingAuthenticationTokenException", "Missing Authentication Token")
        .with_kind(ErrorKind::Denied)
}

/// Who is refused has a name in the message.
fn who(actor: &Actor) -> String {
    match actor {
        Actor::Service { principal, .. } => (*principal).to_owned(),
        Actor::Principal { arn, .. } => arn.clone(),
        Actor::Anonymous => "anonymous".to_owned(),
    }
}

/// No policy of the caller's own allows it.
pub(super) fn no_identity_policy(ask: &Ask<'_>, resource: &str) -> Fault {
    let action = ask.action();
    Fault::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {resource} because no \
         identity-based policy allows the {action} action",
        who(ask.actor)
    ))
}

pub(super) fn no_key_policy(ask: &Ask<'_>, action: &str, key: &KmsKey) -> Fault {
    Fault::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {} because no \
         resource-based policy allows the {action} action",
        who(ask.actor),
        key.arn()
    ))
}

pub(super) fn explicit_deny(ask: &Ask<'_>, action: &str, key: &KmsKey) -> Fault {
    Fault::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {} with an explicit deny in \
         a resource-based policy",
        who(ask.actor),
        key.arn()
    ))
}

/// For a key of somebody else's: the same whether it exists or not.
pub(super) fn unseen(ask: &Ask<'_>, action: &str) -> Fault {
    Fault::access_denied(format!(
        "User: {} is not authorized to perform: {action} on this resource because {HIDDEN}",
        who(ask.actor)
    ))
}

/// As [`unseen`], for the key that a text names.
pub(super) fn unseen_by_text(ask: &Ask<'_>, action: &str) -> Fault {
    Fault::access_denied(format!(
        "User: {} is not authorized to perform: {action} on the resource associated with this \
         ciphertext because {HIDDEN}",
        who(ask.actor)
    ))
}

const HIDDEN: &str = "the resource does not exist in this Region, no resource-based policies allow \
                      access, or a resource-based policy explicitly denies access";

/// The one mapping from the store's errors, with KMS's names.
pub(super) fn store(error: StoreError) -> Fault {
    let text = error.to_string();
    match error {
        StoreError::NotFound { .. } => not_found(text),
        StoreError::AlreadyExists { .. } => Fault::client("AlreadyExistsException", text),
        StoreError::InvalidName { .. } => Fault::validation(text),
        StoreError::LimitExceeded { .. } => {
            Fault::client("LimitExceededException", text).with_kind(ErrorKind::Conflict)
        }
        StoreError::Busy | StoreError::DiskFull | StoreError::OutboxFull { .. } => {
            Fault::unavailable(text)
        }
        StoreError::CursorGoesBack { .. }
        | StoreError::Superseded { .. }
        | StoreError::Corrupt { .. }
        | StoreError::Newer { .. }
        | StoreError::WrongKey
        | StoreError::Keyring(_)
        | StoreError::Io(_)
        | StoreError::Database(_) => Fault::internal(text).with_kind(ErrorKind::Internal),
    }
}
