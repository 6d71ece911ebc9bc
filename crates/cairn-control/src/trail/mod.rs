//! Trails: making them, changing them, and what they are doing.

mod abilities;
mod check;
mod create;
mod delete;
mod describe;
mod find;
mod folders;
mod get;
mod list;
mod name;
mod quota;
mod refusal;
mod start_logging;
mod status;
mod stop_logging;
mod update;
mod view;

pub(crate) use find::find_for_change;
pub(crate) use refusal::{Refusal, Why};
