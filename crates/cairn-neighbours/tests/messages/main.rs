//! SQS and SNS over a real store, called as the front door calls them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

mod kit;
mod publishing;
mod queues;
mod topics;
mod web;
mod web_subscribers;
