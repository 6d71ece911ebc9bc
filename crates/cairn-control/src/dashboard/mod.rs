//! Dashboards: queries that are run together, and how their results are shown.

mod board;
mod create;
mod delete;
mod get;
mod highlights;
mod list;
mod managed;
mod parameters;
mod refresh;
mod refusals;
mod schedule;
mod start_refresh;
mod update;
mod widget;
mod worker;

pub(crate) use board::{find, find_for_change};
pub(crate) use managed::statement_of;
pub use worker::DashboardWorker;
