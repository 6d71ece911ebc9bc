//! CloudTrail's operations over a real store and a real journal, and services made for the test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod audit_events;
mod channels;
mod checks;
mod dashboards;
mod event_configuration;
mod event_data_stores;
mod imports;
mod kit;
mod lake;
mod ports;
mod queries;
mod resource_policies;
mod selectors;
mod tags;
mod trails;
