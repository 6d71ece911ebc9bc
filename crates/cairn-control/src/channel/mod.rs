//! Channels: where events from outside come in.

mod audit_event;
mod audit_record;
mod audit_request;
mod create;
mod delete;
mod destinations;
mod find;
mod get;
mod list;
mod plan;
mod put_audit_events;
mod refusals;
mod update;
mod view;

pub use put_audit_events::{AuditEvents, Sender};

pub(crate) use find::{find, find_for_change};
