//! What the plans of delivery and of the lake have in common.
//!
//! A change and the record of that change commit together. Who follows the journal takes the change
//! up when it meets the record, so a change has one place among all records: what lies before it is
//! done as before, at every run and after every crash.

use cairn_core::Seq;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Store, StoreError, Txn};

/// A step of a plan, in the order of the changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(i64);

/// One change, and the record that it takes effect at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<D> {
    pub id: PlanId,
    /// The eventID of the call's own record.
    pub event_id: String,
    pub document: D,
    /// The record's place in the journal, once it was met.
    pub applied: Option<Seq>,
}

/// What a plan is about, and the statements of its table.
pub(crate) trait Document: Serialize + DeserializeOwned {
    const PUT: &'static str;
    const PENDING: &'static str;
    const CURRENT: &'static str;
    const HISTORY: &'static str;
    const APPLY: &'static str;
    const LATER: &'static str;

    /// The id of what changes.
    fn subject(&self) -> &str;
}

/// The statements of the plan in `$table`, whose subject is in `$subject`.
macro_rules! statements {
    ($table:literal, $subject:literal) => {
        const PUT: &'static str = concat!(
            "INSERT INTO ",
            $table,
            " (",
            $subject,
            ", event_id, document) ",
            "VALUES (?, ?, ?) RETURNING id"
        );
        const PENDING: &'static str = concat!(
            "SELECT id, event_id, document, applied FROM ",
            $table,
            " WHERE applied IS NULL ORDER BY id"
        );
        const CURRENT: &'static str = concat!(
            "SELECT id, event_id, document, applied FROM ",
            $table,
            " WHERE id IN (SELECT max(id) FROM ",
            $table,
            " WHERE applied IS NOT NULL GROUP BY ",
            $subject,
            ") ORDER BY id"
        );
        const HISTORY: &'static str = concat!(
            "SELECT id, event_id, document, applied FROM ",
            $table,
            " WHERE ",
            $subject,
            " = ? AND applied IS NOT NULL ORDER BY applied, id"
        );
        const APPLY: &'static str =
            concat!("UPDATE ", $table, " SET applied = coalesce(applied, ?) WHERE id = ?");
        const LATER: &'static str = concat!(
            "SELECT count(*) FROM ",
            $table,
            " AS other, ",
            $table,
            " AS step ",
            "WHERE step.id = ? AND other.",
            $subject,
            " = step.",
            $subject,
            " AND other.id > step.id AND other.applied IS NOT NULL"
        );
    };
}

pub(crate) use statements;

/// Adds a step, in the transaction of the change and of its record.
pub(crate) async fn put<D: Document>(
    txn: &mut Txn,
    event_id: &str,
    document: &D,
) -> Result<PlanId, StoreError> {
    let text = serde_json::to_string(document)
        .map_err(|error| StoreError::corrupt(format!("a plan cannot be written: {error}")))?;
    let id = sqlx::query_scalar(D::PUT)
        .bind(document.subject())
        .bind(event_id)
        .bind(text)
        .fetch_one(txn.connection())
        .await?;
    Ok(PlanId(id))
}

/// The steps whose records were not met, oldest first.
pub(crate) async fn pending<D: Document>(store: &Store) -> Result<Vec<Step<D>>, StoreError> {
    let rows = sqlx::query_as(D::PENDING).fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(from_row).collect()
}

/// What is in force: the newest applied step of each subject, ended ones included.
pub(crate) async fn current<D: Document>(store: &Store) -> Result<Vec<Step<D>>, StoreError> {
    let rows = sqlx::query_as(D::CURRENT).fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(from_row).collect()
}

/// All steps of a subject whose records were met, in the order of the journal.
pub(crate) async fn history<D: Document>(
    store: &Store,
    subject: &str,
) -> Result<Vec<Step<D>>, StoreError> {
    let rows = sqlx::query_as(D::HISTORY).bind(subject);
    let rows = rows.fetch_all(&mut *store.reader().await?).await?;
    rows.into_iter().map(from_row).collect()
}

/// Notes where a step's record was met. The first place stands: to apply again is no error.
///
/// Gives whether the step is what is in force now. It is not where a later one was met before it:
/// changes commit in the order of their ids, and their records may reach the journal in another.
pub(crate) async fn apply<D: Document>(
    txn: &mut Txn,
    id: PlanId,
    at: Seq,
) -> Result<bool, StoreError> {
    sqlx::query(D::APPLY).bind(at.0 as i64).bind(id.0).execute(txn.connection()).await?;
    let later: i64 = sqlx::query_scalar(D::LATER).bind(id.0).fetch_one(txn.connection()).await?;
    Ok(later == 0)
}

type Row = (i64, String, String, Option<i64>);

fn from_row<D: Document>((id, event_id, document, applied): Row) -> Result<Step<D>, StoreError> {
    let broken = |error| StoreError::corrupt(format!("the plan {id} cannot be read: {error}"));
    let document = serde_json::from_str(&document).map_err(broken)?;
    let applied = applied.map(|seq| Seq(seq as u64));
    Ok(Step { id: PlanId(id), event_id, document, applied })
}
