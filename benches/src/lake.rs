//! What the figures of the lake need beside their driver, `benches/lake/run.py`: records whose
//! questions have answers, and the time from acknowledged to visible in SQL.

mod corpus;
mod files;
mod identities;
mod operations;
mod record;

pub(crate) use files::run as corpus;
