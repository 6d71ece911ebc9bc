//! Channels: where events from outside come in.

mod create;
mod delete;
mod destinations;
mod find;
mod get;
mod list;
mod plan;
mod refusals;
mod update;
mod view;

pub(crate) use find::{find, find_for_change};
