//! One module a command.

pub(crate) mod account;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod dev;
mod entity;
pub(crate) mod env;
pub(crate) mod help_markdown;
pub(crate) mod import;
pub(crate) mod ingest;
pub(crate) mod key;
pub(crate) mod lookup;
pub(crate) mod quarantine;
pub(crate) mod query;
pub(crate) mod role;
pub(crate) mod serve;
pub(crate) mod tail;
pub(crate) mod trail;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod worker;
