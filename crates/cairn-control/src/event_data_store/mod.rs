//! Event data stores: making them, changing them, and what goes into them.

mod create;
mod delete;
mod disable_federation;
mod enable_federation;
mod end;
mod find;
mod get;
mod insights;
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

pub use end::end_event_data_stores;
pub(crate) use find::{Named, active, active_for_change, find, find_for_change, is_id};
pub(crate) use insights::{get as get_insights, put as put_insights};
pub(crate) use plan::plan;
pub(crate) use selectors::of;
