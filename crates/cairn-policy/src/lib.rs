//! Policies of resources (buckets, topics, queues, keys): parsed strictly, evaluated closed.
//!
//! [`Policy::parse`] takes a document apart; [`Policy::evaluate`] says what it says about one
//! [`Request`]. What cannot be evaluated never allows, and where a statement denies, it denies.
//! [`check`] asks whether a policy lets CloudTrail deliver, [`template`] has policies that do.
//!
//! No IO, no clock: what a condition may look at is in the request's [`Context`].

pub mod check;
mod condition;
mod context;
mod evaluate;
mod json;
mod malformed;
mod parse;
mod principal;
mod request;
pub mod template;
mod text;
mod truth;

pub use context::{Context, ContextValue};
pub use evaluate::Decision;
pub use malformed::Malformed;
pub use parse::Policy;
pub use request::{Principal, Request};
