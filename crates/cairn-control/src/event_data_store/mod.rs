//! Event data stores: making them, changing them, and what goes into them.

mod create;
mod delete;
mod disable_federation;
mod enable_federation;
mod find;
mod get;
mod key;
mod list;
mod plan;
mod quota;
mod refusals;
mod restore;
mod selectors;
mod settings;
mod start_ingestion;
mod stop_ingestion;
mod update;
mod view;

pub(crate) use find::{Named, active, active_for_change, find, find_for_change};
pub(crate) use plan::plan;
pub(crate) use selectors::of;
