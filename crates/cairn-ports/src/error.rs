/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PortErrorKind {
    /// The bucket, object, key, topic or queue does not exist.
    Missing,
    /// A policy or the credentials do not allow it, or a key is disabled.
    Denied,
    /// A condition does not hold: the object is there already.
    Exists,
    /// Somebody else writes the same object right now: ask again.
    Conflict,
    /// No answer, or one that says to come again. What was asked may have been done.
    Unavailable,
    /// The request can never succeed as it is.
    Invalid,
}

/// A failure, in the words of the service: `code` is what a trail's status shows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct PortError {
    pub kind: PortErrorKind,
    /// `NoSuchBucket`, `AccessDenied`, `KMS.DisabledException`.
    pub code: String,
    pub message: String,
}

impl PortError {
    pub fn new(kind: PortErrorKind, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, code: code.into(), message: message.into() }
    }

    pub fn missing(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(PortErrorKind::Missing, code, message)
    }

    pub fn denied(message: impl Into<String>) -> Self {
        Self::new(PortErrorKind::Denied, "AccessDenied", message)
    }

    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(PortErrorKind::Unavailable, "ServiceUnavailable", message)
    }

    pub fn invalid(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(PortErrorKind::Invalid, code, message)
    }
}
