//! AWS JSON 1.0 and 1.1: one path, an operation per `X-Amz-Target`.

mod codec;
mod target;

pub use codec::{decode, fault_response, response};
pub use target::{Target, Version, target};
