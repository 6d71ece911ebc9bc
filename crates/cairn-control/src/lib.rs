//! CloudTrail's operations, one file each and one table; Cairn's own reads; the ingest door.

mod channel;
mod dashboard;
mod dispatch;
mod effect;
mod event_configuration;
mod event_data_store;
mod fault;
mod import;
mod ingest;
mod key;
mod lookup;
pub mod native;
mod page;
mod plan;
mod query;
mod quotas;
mod refusal;
mod resource_policy;
mod sample;
mod services;
mod table;
mod tag;
mod trail;

pub use channel::{AuditEvents, Sender};
pub use dashboard::DashboardWorker;
pub use dispatch::{answer, failed, knows};
pub use event_data_store::end_event_data_stores;
pub use ingest::{Conflict, Ingested, Owner, ingest};
pub use lookup::{Throttle, Tokens};
pub use native::Tails;
pub use plan::load_demand;
pub use quotas::Quotas;
pub use services::{ANSWERS, Services};
