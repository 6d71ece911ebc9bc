//! The CloudTrail event record: parsed, built, rendered once, kept as bytes.
//!
//! [`Event::parse`] and [`split`] accept records from outside: one pass validates the bytes and
//! finds the members that every reader needs. The bytes are kept as they are and never written
//! again. What is no record becomes a [`Quarantine`]. [`EventBuilder`] makes the records of calls
//! that Cairn itself saw.
//!
//! No IO, no clock, no randomness: ids and times are given by the caller.

mod builder;
mod encode;
mod event;
mod field;
mod flaw;
mod head;
mod identity;
mod json;
mod quarantine;
mod redact;
mod resource;
pub mod scan;
pub mod selector;
mod split;
pub mod text;

pub use builder::{
    Action, Built, EVENT_VERSION, EventBuilder, EventResource, EventType, TlsDetails,
};
pub use encode::Cut;
pub use event::{Category, Event};
pub use flaw::{Flaw, Reason};
pub use identity::{
    Delegate, Identity, IdentityType, InScopeOf, OnBehalfOf, SessionAttributes, SessionContext,
    SessionIssuer, WebIdFederationData,
};
pub use json::{Json, Number};
pub use quarantine::{Quarantine, QuarantineError};
pub use redact::{HIDDEN, Redactor};
pub use resource::Resource;
pub use split::{Piece, Split, split};
