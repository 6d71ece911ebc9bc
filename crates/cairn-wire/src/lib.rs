//! AWS wire protocols: SigV4, JSON 1.0 and 1.1, query, and faults.
//!
//! Everything here works on the types of the `http` crate and on bytes that are already in memory.
//! Nothing listens, connects or spawns, and no parser panics, whatever the bytes are.

pub mod aws_json;
mod fault;
mod parts;
mod percent;
pub mod query;
mod service;
pub mod sigv4;

pub use fault::{Fault, Responsible};
pub use parts::Parts;
pub use service::{Protocol, Route, recognise};
