//! What the operations of CloudTrail Lake need of the tables and of the engine over them.
//!
//! The engine is heavy to build, so the floors above know this port and not the crate behind it.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{Region, Timestamp};
use cairn_proof::DigestKeyPair;

/// What a port of the lake gives back.
pub type LakeAnswer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tables of events, and SQL over them.
///
/// Queries are durable rows of the store (`cairn_store::query`): whoever starts one inserts it as
/// `QUEUED`, commits, and rings [`Lake::wake`]. The engine takes them up, also after a restart, and
/// writes their status and statistics back.
pub trait Lake: Send + Sync + 'static {
    /// The ids of the event data stores that a statement reads, each once, in the order of their
    /// first mention.
    ///
    /// # Errors
    /// What is no single SELECT statement.
    fn stores(&self, statement: &str) -> Result<Vec<String>, Refused>;

    /// Plans a statement over the stores that it reads; nothing runs.
    ///
    /// # Errors
    /// Unknown columns and functions, types that do not fit, names outside of `tables`.
    fn check<'a>(
        &'a self,
        statement: &'a str,
        tables: &'a [Table],
    ) -> LakeAnswer<'a, Result<(), Refused>>;

    /// There are queries in the store that wait.
    fn wake(&self);

    /// Ends a query that runs, within a second. The caller has noted the cancellation already.
    fn cancel(&self, query: &str);

    /// How far a query that runs has come; `None` if it does not run.
    fn progress(&self, query: &str) -> Option<Progress>;

    /// How many queries have ended, by themselves or cancelled, since the lake was opened.
    fn ended(&self) -> u64;

    /// Returns when more have ended than `seen`.
    fn ended_after(&self, seen: u64) -> LakeAnswer<'_, ()>;

    /// Rows of a result, beginning with the row `from`: `limit` of them, fewer at the end, and none
    /// after the one with which labels and texts reach so many `bytes`.
    ///
    /// # Errors
    /// A result that is gone or cannot be read.
    fn rows<'a>(
        &'a self,
        query: &'a str,
        from: u64,
        limit: usize,
        bytes: usize,
    ) -> LakeAnswer<'a, Result<Vec<Row>, LakeError>>;

    /// What a store holds.
    fn figures<'a>(&'a self, store: &'a str) -> LakeAnswer<'a, Result<Figures, LakeError>>;

    /// The Iceberg metadata of a store's table as of now: the file's location and its JSON.
    fn metadata<'a>(&'a self, store: &'a str)
    -> LakeAnswer<'a, Result<(String, Bytes), LakeError>>;
}

/// The keys that delivered results are signed with: those of digests.
pub trait ResultKeys: Send + Sync + 'static {
    /// The Region's key for what is signed at `at`.
    ///
    /// # Errors
    /// Keys that cannot be read or made.
    fn key<'a>(
        &'a self,
        region: &'a Region,
        at: Timestamp,
    ) -> LakeAnswer<'a, Result<Arc<DigestKeyPair>, LakeError>>;
}

/// A store that a query may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The event data store's id: a UUID in lower case.
    pub id: String,
    pub schema: TableSchema,
}

/// Which columns a store's table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableSchema {
    /// Management, data and network activity events.
    Events,
    Insights,
    ConfigurationItems,
    Evidence,
    /// Events from outside of AWS, by PutAuditEvents.
    Activity,
}

/// One row of a result: label and text of each column, in the order of the statement. A column
/// that is null has no text.
pub type Row = Vec<(String, Option<String>)>;

/// What a query has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Rows of the result.
    pub matched: u64,
    /// Rows that were looked at.
    pub scanned: u64,
    /// Bytes that were read: of files as stored, of memory as held.
    pub bytes: u64,
    pub millis: u64,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    pub events: u64,
    pub files: u64,
    pub bytes: u64,
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
}

/// Why a statement is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// For InvalidQueryStatementException: what is wrong, and where.
    Statement(String),
    /// A store that is not among the tables.
    Store(String),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Statement(why) => f.write_str(why),
            Self::Store(id) => write!(f, "the event data store {id} was not found"),
        }
    }
}

impl std::error::Error for Refused {}

/// What the lake cannot answer.
#[derive(Debug)]
pub enum LakeError {
    /// It has no such table, query or result.
    Missing,
    /// Files cannot be read; the text is for the operator.
    Failed(String),
}

impl std::fmt::Display for LakeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("the lake has no such thing"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for LakeError {}
