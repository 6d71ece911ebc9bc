//! From the body of a request to the input of its operation.

mod check;
mod rule;

use std::fmt;

use serde_json::Value;

use crate::{Invalid, Operation};

/// A request that cannot be given to its handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The body is not JSON, or a member has another type than the model says.
    Malformed(Malformed),
    /// The types are right, the values are not.
    Invalid(Invalid),
}

impl Rejection {
    /// The name that goes to the client as `__type`; the status is 400 for both.
    pub fn code(&self) -> &'static str {
        match self {
            Rejection::Malformed(_) => "SerializationException",
            Rejection::Invalid(_) => "ValidationException",
        }
    }
}

impl std::error::Error for Rejection {}

/// The message that the client reads.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejection::Malformed(malformed) => malformed.fmt(f),
            Rejection::Invalid(invalid) => invalid.fmt(f),
        }
    }
}

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON; the text says what is wrong and where.
    Json(String),
    /// The value at this path has to be an object.
    NotAnObject(String),
    /// A member has the wrong type; the text names what was found and what was expected.
    Type(String),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Json(error) => write!(f, "the request body is not JSON: {error}"),
            Malformed::NotAnObject(path) if path.is_empty() => {
                f.write_str("the request body must be a JSON object")
            }
            Malformed::NotAnObject(path) => write!(f, "'{path}' must be a JSON object"),
            Malformed::Type(error) => write!(f, "a member has the wrong type: {error}"),
        }
    }
}

/// Reads the body of a request of `O`. An empty body counts as `{}`; unknown members are ignored.
pub fn decode<O: Operation>(body: &[u8]) -> Result<O::Input, Rejection> {
    let body = if body.is_empty() { b"{}" } else { body };
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Rejection::Malformed(Malformed::Json(error.to_string())))?;
    check::check(O::constraints(), &value)?;
    serde_json::from_value(value)
        .map_err(|error| Rejection::Malformed(Malformed::Type(error.to_string())))
}
