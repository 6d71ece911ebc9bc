//! What the figures of the lake need beside their driver, `benches/lake/run.py`: records whose
//! questions have answers, and the time from acknowledged to visible in SQL.

mod corpus;
mod files;
mod identities;
mod markers;
mod operations;
mod record;
mod store;
mod visible;

pub(crate) use files::run as corpus;
pub(crate) use visible::run as visible;
