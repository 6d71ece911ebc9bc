//! Queries of the lake: what was asked, how far it is, and where its result goes.

mod row;

use cairn_core::{AccountId, Region, Timestamp, event_id};
use sqlx::{QueryBuilder, Sqlite};

use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn};

use row::{encoded, from_row, from_rows};

/// One query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// A UUID in lower case.
    pub id: String,
    /// Who started it; nobody else finds it.
    pub account: AccountId,
    pub region: Region,
    /// Whose event data stores it reads.
    pub owner: AccountId,
    /// The ids of the event data stores that it reads, in the order of their first mention; never
    /// empty.
    pub stores: Vec<String>,
    /// As it runs: parameters are put in.
    pub statement: String,
    /// What it was started by, instead of a statement.
    pub alias: Option<String>,
    /// The refresh of a dashboard that it belongs to.
    pub refresh: Option<String>,
    /// The question that its statement was made from.
    pub prompt: Option<String>,
    pub status: QueryStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// `s3://BUCKET[/PREFIX]`.
    pub delivery_uri: Option<String>,
    /// `None` without a `delivery_uri`.
    pub delivery: Option<DeliveryStatus>,
    /// The labels of the result's columns.
    pub labels: Vec<String>,
    pub statistics: Statistics,
    pub created: Timestamp,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    /// How often it was taken up again after a start.
    pub resumed: u64,
}

/// What a query has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Rows of the result.
    pub rows: u64,
    /// Rows that met the conditions.
    pub matched: u64,
    /// Rows that were looked at.
    pub scanned: u64,
    pub bytes: u64,
    pub millis: u64,
}

/// How far a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryStatus {
    Queued,
    Running,
    Finished,
    Failed,
    Cancelled,
    TimedOut,
}

/// How far the delivery of a result to S3 is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    Pending,
    Success,
    Failed,
    FailedSigningFile,
    ResourceNotFound,
    AccessDenied,
    AccessDeniedSigningFile,
    Cancelled,
    Unknown,
}

/// What a query is made of.
#[derive(Debug, Clone)]
pub struct NewQuery<'a> {
    pub account: AccountId,
    pub region: &'a Region,
    pub owner: AccountId,
    /// Not empty.
    pub stores: &'a [String],
    pub statement: &'a str,
    pub alias: Option<&'a str>,
    pub refresh: Option<&'a str>,
    pub prompt: Option<&'a str>,
    pub delivery_uri: Option<&'a str>,
}

/// How a query ended by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub end: End,
    /// The labels of the result's columns; rows may be there after a time-out, too.
    pub labels: Vec<String>,
    pub statistics: Statistics,
}

/// The ends of a query, cancellation apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Finished,
    /// Why, for the caller to read.
    Failed(String),
    TimedOut,
}

impl End {
    pub const fn status(&self) -> QueryStatus {
        match self {
            Self::Finished => QueryStatus::Finished,
            Self::Failed(_) => QueryStatus::Failed,
            Self::TimedOut => QueryStatus::TimedOut,
        }
    }
}

/// Which queries are listed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Among the stores that it reads.
    pub store: Option<&'a str>,
    pub status: Option<QueryStatus>,
    /// Created then or later.
    pub from: Option<Timestamp>,
    /// Created then or earlier.
    pub until: Option<Timestamp>,
}

/// A piece of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The place of the last one before: when it was created, and its id.
    pub after: Option<(Timestamp, &'a str)>,
    pub limit: usize,
}

impl Query {
    /// The first of the stores that it reads.
    pub fn store(&self) -> &str {
        self.stores.first().map_or("", String::as_str)
    }
}

impl QueryStatus {
    /// Whether it will not change any more.
    pub fn is_end(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Finished | Self::Failed | Self::Cancelled | Self::TimedOut => true,
        }
    }
}

/// Makes a query that waits.
pub async fn insert(txn: &mut Txn, new: NewQuery<'_>) -> Result<Query, StoreError> {
    let query = Query {
        id: event_id(txn.entropy()),
        account: new.account,
        region: new.region.clone(),
        owner: new.owner,
        stores: new.stores.to_vec(),
        statement: new.statement.to_owned(),
        alias: new.alias.map(str::to_owned),
        refresh: new.refresh.map(str::to_owned),
        prompt: new.prompt.map(str::to_owned),
        status: QueryStatus::Queued,
        error: None,
        delivery_uri: new.delivery_uri.map(str::to_owned),
        delivery: new.delivery_uri.map(|_| DeliveryStatus::Pending),
        labels: Vec::new(),
        statistics: Statistics::default(),
        created: txn.now(),
        started: None,
        finished: None,
        resumed: 0,
    };
    let insert = "INSERT INTO query (id, account, region, owner, store, stores, statement, alias, \
                  refresh, prompt, status, delivery_uri, delivery, labels, rows, matched, \
                  scanned, bytes, millis, created) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', 0, 0, 0, 0, 0, ?)";
    sqlx::query(insert)
        .bind(&query.id)
        .bind(query.account.as_u64() as i64)
        .bind(query.region.as_str())
        .bind(query.owner.as_u64() as i64)
        .bind(query.store())
        .bind(encoded(&query.stores))
        .bind(&query.statement)
        .bind(&query.alias)
        .bind(&query.refresh)
        .bind(&query.prompt)
        .bind(query.status.as_str())
        .bind(&query.delivery_uri)
        .bind(query.delivery.map(DeliveryStatus::as_str))
        .bind(query.created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, new.account);
            on_insert(error, Entity::Query, &query.id, missing)
        })?;
    Ok(query)
}

/// A query that an account started in a Region.
pub async fn get(
    store: &Store,
    account: AccountId,
    region: &Region,
    id: &str,
) -> Result<Query, StoreError> {
    let row = sqlx::query("SELECT * FROM query WHERE account = ? AND region = ? AND id = ?")
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(id)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    from_row(&row.ok_or_else(|| StoreError::not_found(Entity::Query, id))?)
}

/// The newest run of an alias; of one refresh, if it is given.
pub async fn by_alias(
    store: &Store,
    account: AccountId,
    region: &Region,
    alias: &str,
    refresh: Option<&str>,
) -> Result<Query, StoreError> {
    let row = "SELECT * FROM query WHERE account = ?1 AND region = ?2 AND alias = ?3 \
               AND (?4 IS NULL OR refresh = ?4) ORDER BY created DESC, id DESC LIMIT 1";
    let row = sqlx::query(row)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(alias)
        .bind(refresh)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    from_row(&row.ok_or_else(|| StoreError::not_found(Entity::Query, alias))?)
}

/// An account's queries in a Region, newest first.
pub async fn list(
    store: &Store,
    account: AccountId,
    region: &Region,
    filter: Filter<'_>,
    page: Page<'_>,
) -> Result<Vec<Query>, StoreError> {
    let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM query WHERE account = ");
    sql.push_bind(account.as_u64() as i64);
    sql.push(" AND region = ").push_bind(region.as_str());
    if let Some(id) = filter.store {
        sql.push(" AND EXISTS (SELECT 1 FROM json_each(stores) WHERE value = ");
        sql.push_bind(id).push(")");
    }
    if let Some(status) = filter.status {
        sql.push(" AND status = ").push_bind(status.as_str());
    }
    if let Some(from) = filter.from {
        sql.push(" AND created >= ").push_bind(from.millis());
    }
    if let Some(until) = filter.until {
        sql.push(" AND created <= ").push_bind(until.millis());
    }
    if let Some((created, id)) = page.after {
        sql.push(" AND (created, id) < (").push_bind(created.millis());
        sql.push(", ").push_bind(id).push(")");
    }
    sql.push(" ORDER BY created DESC, id DESC LIMIT ").push_bind(page.limit as i64);
    from_rows(&sql.build().fetch_all(&mut *store.reader().await?).await?)
}

/// The queries of one refresh of a dashboard, in the order in which they were made.
pub async fn of_refresh(
    store: &Store,
    account: AccountId,
    region: &Region,
    refresh: &str,
) -> Result<Vec<Query>, StoreError> {
    let rows = "SELECT * FROM query WHERE account = ? AND region = ? AND refresh = ? \
                ORDER BY created, id";
    let rows = sqlx::query(rows)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(refresh)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    from_rows(&rows)
}

/// What there is to run, oldest first, of all accounts: what waits, and, after a restart, what was
/// running when the server ended.
pub async fn waiting(store: &Store) -> Result<Vec<Query>, StoreError> {
    let rows = "SELECT * FROM query WHERE status IN ('QUEUED', 'RUNNING') ORDER BY created, id";
    from_rows(&sqlx::query(rows).fetch_all(&mut *store.reader().await?).await?)
}

/// Queries that ended well and whose result is to be delivered, oldest first.
pub async fn deliveries(store: &Store) -> Result<Vec<Query>, StoreError> {
    let rows = "SELECT * FROM query WHERE delivery = 'PENDING' AND status = 'FINISHED' \
                ORDER BY created, id";
    from_rows(&sqlx::query(rows).fetch_all(&mut *store.reader().await?).await?)
}

/// How many queries of an account in a Region wait or run.
pub async fn active(
    txn: &mut Txn,
    account: AccountId,
    region: &Region,
) -> Result<usize, StoreError> {
    // Few are active. An account may have started a million others this week.
    let count = "SELECT count(*) FROM query INDEXED BY query_waiting WHERE account = ? \
                 AND region = ? AND status IN ('QUEUED', 'RUNNING')";
    let count: i64 = sqlx::query_scalar(count)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .fetch_one(txn.connection())
        .await?;
    Ok(count as usize)
}

/// Notes that a query runs. `false` if it has ended: it was cancelled while it waited.
pub async fn begin(txn: &mut Txn, id: &str) -> Result<bool, StoreError> {
    let update = "UPDATE query SET status = 'RUNNING', started = ? \
                  WHERE id = ? AND status IN ('QUEUED', 'RUNNING')";
    let now = txn.now().millis();
    let changed = sqlx::query(update).bind(now).bind(id).execute(txn.connection()).await?;
    Ok(changed.rows_affected() == 1)
}

/// Notes that a query which an earlier process left runs, again if it ran. `false` if it has ended.
pub async fn resume(txn: &mut Txn, id: &str) -> Result<bool, StoreError> {
    let update = "UPDATE query SET resumed = resumed + 1 WHERE id = ? AND status = 'RUNNING'";
    sqlx::query(update).bind(id).execute(txn.connection()).await?;
    begin(txn, id).await
}

/// Notes how a query ended. `false` if it had ended before: it was cancelled.
pub async fn finish(txn: &mut Txn, id: &str, outcome: &Outcome) -> Result<bool, StoreError> {
    let error = match &outcome.end {
        End::Failed(why) => Some(why),
        End::Finished | End::TimedOut => None,
    };
    // What has no whole result delivers nothing.
    let update = "UPDATE query SET status = ?1, error = ?2, labels = ?3, rows = ?4, \
                  matched = ?5, scanned = ?6, bytes = ?7, millis = ?8, finished = ?9, \
                  delivery = CASE WHEN ?1 = 'FINISHED' OR delivery IS NULL THEN delivery \
                  ELSE 'FAILED' END \
                  WHERE id = ?10 AND status IN ('QUEUED', 'RUNNING')";
    let statistics = &outcome.statistics;
    let now = txn.now().millis();
    let changed = sqlx::query(update)
        .bind(outcome.end.status().as_str())
        .bind(error)
        .bind(encoded(&outcome.labels))
        .bind(statistics.rows as i64)
        .bind(statistics.matched as i64)
        .bind(statistics.scanned as i64)
        .bind(statistics.bytes as i64)
        .bind(statistics.millis as i64)
        .bind(now)
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(changed.rows_affected() == 1)
}

/// Notes that a query is cancelled, and what it had done. `false` if it had ended.
pub async fn cancel(txn: &mut Txn, id: &str, done: &Statistics) -> Result<bool, StoreError> {
    let update = "UPDATE query SET status = 'CANCELLED', finished = ?, \
                  matched = ?, scanned = ?, bytes = ?, millis = ?, \
                  delivery = CASE WHEN delivery IS NULL THEN NULL ELSE 'CANCELLED' END \
                  WHERE id = ? AND status IN ('QUEUED', 'RUNNING')";
    let now = txn.now().millis();
    let changed = sqlx::query(update)
        .bind(now)
        .bind(done.matched as i64)
        .bind(done.scanned as i64)
        .bind(done.bytes as i64)
        .bind(done.millis as i64)
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(changed.rows_affected() == 1)
}

/// Notes how the delivery of a result ended.
pub async fn delivered(txn: &mut Txn, id: &str, status: DeliveryStatus) -> Result<(), StoreError> {
    let update = "UPDATE query SET delivery = ? WHERE id = ? AND delivery IS NOT NULL";
    let changed =
        sqlx::query(update).bind(status.as_str()).bind(id).execute(txn.connection()).await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found(Entity::Query, id));
    }
    Ok(())
}

/// The ids of queries that ended and were made before an instant.
pub async fn expired(store: &Store, before: Timestamp) -> Result<Vec<String>, StoreError> {
    let ids = "SELECT id FROM query WHERE created < ? AND status NOT IN ('QUEUED', 'RUNNING') \
               ORDER BY created, id";
    let ids = sqlx::query_scalar(ids).bind(before.millis());
    Ok(ids.fetch_all(&mut *store.reader().await?).await?)
}

/// Forgets queries. One that is not there is no error.
pub async fn remove(txn: &mut Txn, ids: &[String]) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("DELETE FROM query WHERE id = ?").bind(id).execute(txn.connection()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
