//! CloudTrail's operations, shapes and errors, generated from the public service model.
//!
//! `model/cloudtrail.json` is the source; `cargo xtask codegen` writes `src/generated/`, which is
//! committed. What is generated is data (structs, lists of variants, constraint tables); what the
//! data means is written by hand here. The way of a request is [`decode`]: check the body against
//! the operation's constraints, then read it into [`Operation::Input`].

mod blob;
mod constraint;
mod decode;
mod epoch;
mod error;
mod generated;
mod invalid;
mod open_enum;
mod operation;

pub use blob::Blob;
pub use constraint::Structure;
pub use decode::{Rejection, decode};
pub use epoch::EpochSeconds;
pub use error::{Message, OperationError};
pub use generated::{errors, operations, shapes};
pub use invalid::{Invalid, Violation};
pub use operation::Operation;
pub use operations::OPERATIONS;

/// Whether CloudTrail has an operation of this name (the case counts).
pub fn is_operation(name: &str) -> bool {
    OPERATIONS.binary_search(&name).is_ok()
}

/// Whether the operation of this name changes nothing: [`Operation::READ_ONLY`] by name. None if
/// there is no such operation.
pub fn is_read_only(name: &str) -> Option<bool> {
    let at = OPERATIONS.binary_search(&name).ok()?;
    Some(operations::READ_ONLY[at])
}
