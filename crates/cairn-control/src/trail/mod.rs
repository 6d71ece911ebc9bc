//! Trails: making them, changing them, and what they are doing.

mod abilities;
mod check;
mod create;
mod delete;
mod describe;
mod find;
mod folders;
mod get;
mod get_event_selectors;
mod get_insight_selectors;
mod insights;
mod list;
mod name;
mod put_event_selectors;
mod put_insight_selectors;
mod quota;
mod refusals;
mod selectors;
mod start_logging;
mod status;
mod stop_logging;
mod update;
mod view;

pub(crate) use check::{key, lets_write_results, usable};
pub(crate) use find::{find, find_for_change};
pub(crate) use insights::Source;
pub(crate) use name::Named;
pub(crate) use selectors::{encode, recast};
