//! A refusal or a failure, and how each protocol tells it.

mod cbor;
mod family;
mod response;
mod spelling;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use cairn_core::ErrorKind;

pub use family::Family;
pub use response::fault_response;

/// What goes wrong with a call: what the client may read, and what only the operator sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As JSON protocols send it; the other families have their own for some codes.
    pub status: u16,
    /// As JSON protocols name it, for example `AccessDeniedException`; [`Family::code`] has it for
    /// the others.
    pub code: Cow<'static, str>,
    /// For the client.
    pub message: String,
    /// For the log; never sent.
    pub internal: Option<String>,
    pub kind: ErrorKind,
    /// The request's date is too far from the server's, which some families have a code for.
    pub skewed: bool,
}

/// Whose doing an error is, in the query protocol's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Responsible {
    Sender,
    Receiver,
}

impl Fault {
    /// The client's doing: status 400 and [`ErrorKind::Invalid`], as for nearly every AWS error.
    pub fn client(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.into(),
            message: message.into(),
            internal: None,
            kind: ErrorKind::Invalid,
            skewed: false,
        }
    }

    pub fn with_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Adds what the operator needs to know.
    pub fn with_internal(self, internal: impl Into<String>) -> Self {
        Self { internal: Some(internal.into()), ..self }
    }

    /// No operation of that name: 400, because clients retry a 500 for minutes.
    pub fn unknown_operation(operation: &str) -> Self {
        Self::client("UnknownOperationException", format!("unknown operation: {operation}"))
            .with_kind(ErrorKind::NotFound)
    }

    /// An operation of the service that Cairn does not serve.
    pub fn unsupported_operation(operation: &str) -> Self {
        let message = format!("Cairn does not support {operation}");
        Self::client("UnsupportedOperationException", message).with_kind(ErrorKind::NotFound)
    }

    pub fn validation(message: impl Into<String>) -> Self {
        Self::client("ValidationException", message)
    }

    /// A body that cannot be read.
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::client("SerializationException", message)
    }

    pub fn access_denied(message: impl Into<String>) -> Self {
        Self::client("AccessDeniedException", message).with_kind(ErrorKind::Denied)
    }

    pub fn throttled() -> Self {
        Self::client("ThrottlingException", "Rate exceeded").with_kind(ErrorKind::Throttled)
    }

    /// A body above `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        let message = format!("the request body is larger than {limit} bytes");
        Self::client("RequestEntityTooLargeException", message).with_status(413)
    }

    /// A defect: the client learns nothing but that it was not at fault.
    pub fn internal(internal: impl Into<String>) -> Self {
        Self::client("InternalFailure", "the request failed because of an internal error")
            .with_status(500)
            .with_kind(ErrorKind::Internal)
            .with_internal(internal)
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::client("ServiceUnavailable", message)
            .with_status(503)
            .with_kind(ErrorKind::Unavailable)
    }

    /// Server errors count as the receiver's, everything else as the sender's.
    pub fn responsible(&self) -> Responsible {
        if self.status >= 500 { Responsible::Receiver } else { Responsible::Sender }
    }
}
