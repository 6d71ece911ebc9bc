//! What an operation answers when it does not succeed.

use std::borrow::Cow;
use std::fmt;

/// One sentence about an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message(Cow<'static, str>);

impl Message {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&'static str> for Message {
    fn from(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The closed error type of one operation: what its model lists, and two ways a server can fail.
///
/// `Display` is for the operator: the code and the whole message, also of an internal error.
pub trait OperationError: std::error::Error + Send + Sync + 'static {
    /// The name that goes to the client as `__type`.
    fn code(&self) -> &'static str;

    /// The HTTP status: 400 for everything the model lists, whatever the model says about it,
    /// because that is what the service sends; 503 when unavailable, 500 for an internal error.
    fn status(&self) -> u16;

    /// What the client may read. An internal error keeps its message to itself.
    fn message(&self) -> &str;
}

/// What a client reads about an internal error.
pub(crate) const INTERNAL: &str =
    "an internal error occurred; the server's log has it under this request's id";

/// Declares the error of one operation: a variant per modelled error, `Unavailable`, `Internal`.
macro_rules! operation_error {
    (
        $(#[$meta:meta])*
        $name:ident { $($variant:ident => $code:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $code, "`.")] $variant(crate::Message),)*
            /// Not now: the same request may succeed later. The client reads the message.
            Unavailable(crate::Message),
            /// A defect or damaged data. The message is for the operator alone.
            Internal(crate::Message),
        }

        impl crate::OperationError for $name {
            fn code(&self) -> &'static str {
                match self {
                    $($name::$variant(_) => $code,)*
                    $name::Unavailable(_) => "ServiceUnavailable",
                    $name::Internal(_) => "InternalFailure",
                }
            }

            fn status(&self) -> u16 {
                match self {
                    $($name::$variant(_) => 400,)*
                    $name::Unavailable(_) => 503,
                    $name::Internal(_) => 500,
                }
            }

            fn message(&self) -> &str {
                match self {
                    $($name::$variant(message) => message.as_str(),)*
                    $name::Unavailable(message) => message.as_str(),
                    $name::Internal(_) => crate::error::INTERNAL,
                }
            }
        }

        impl std::error::Error for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let code = crate::OperationError::code(self);
                match self {
                    $($name::$variant(message) => write!(f, "{code}: {message}"),)*
                    $name::Unavailable(message) => write!(f, "{code}: {message}"),
                    $name::Internal(message) => write!(f, "{code}: {message}"),
                }
            }
        }
    };
}

pub(crate) use operation_error;
