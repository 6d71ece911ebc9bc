//! AWS wire protocols: SigV4, bodies in chunks, JSON 1.0 and 1.1, query, and the faults of all.
//!
//! Everything here works on the types of the `http` crate and on bytes that are already in memory.
//! Nothing listens, connects or spawns, and no parser panics, whatever the bytes are.

pub mod aws_json;
pub mod chunked;
mod fault;
mod parts;
mod percent;
pub mod query;
mod service;
pub mod sigv4;

pub use fault::{Family, Fault, Responsible, fault_response};
pub use parts::Parts;
pub use percent::escape;
pub use service::{Protocol, Route, recognise};
