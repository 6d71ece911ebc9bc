//! Queues that messages wait in.

use cairn_core::{AccountId, Timestamp};
use sqlx::SqliteConnection;

use crate::topic::{Texts, read_texts, write_texts};
use crate::{Store, StoreError, Txn, account};

/// Queues of one account in one Region.
pub const QUEUES: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Never given twice.
    pub id: i64,
    pub account: AccountId,
    pub region: String,
    pub name: String,
    /// Those that were set, by the names that SQS gives them.
    pub attributes: Texts,
    pub tags: Texts,
    /// The ARN of the queue that takes what nobody could work on.
    pub dead_letter: Option<String>,
    /// Messages in it, visible or not.
    pub held: u64,
    pub created: Timestamp,
    pub modified: Timestamp,
    pub purged: Option<Timestamp>,
}

impl Queue {
    pub fn arn(&self) -> String {
        format!("arn:aws:sqs:{}:{}:{}", self.region, self.account, self.name)
    }
}

/// Stores a new queue, whose id is not looked at, and gives its id. The caller has made sure that
/// there is no such queue yet.
pub async fn create(txn: &mut Txn, queue: &Queue) -> Result<i64, StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM queue WHERE account = ? AND region = ?")
            .bind(queue.account.as_u64() as i64)
            .bind(&queue.region)
            .fetch_one(txn.connection())
            .await?;
    if count as usize >= QUEUES {
        return Err(StoreError::LimitExceeded { what: "queues in a Region", limit: QUEUES });
    }
    let insert = "INSERT INTO queue (account, region, name, attributes, tags, dead_letter, held, \
                  created, modified, purged) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, NULL) RETURNING id";
    let id = sqlx::query_scalar(insert)
        .bind(queue.account.as_u64() as i64)
        .bind(&queue.region)
        .bind(&queue.name)
        .bind(write_texts(&queue.attributes))
        .bind(write_texts(&queue.tags))
        .bind(&queue.dead_letter)
        .bind(queue.created.millis())
        .bind(queue.modified.millis())
        .fetch_one(txn.connection())
        .await?;
    Ok(id)
}

pub async fn get(
    store: &Store,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Option<Queue>, StoreError> {
    select(&mut *store.reader().await?, account, region, name).await
}

/// As the transaction sees it.
pub async fn find(
    txn: &mut Txn,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Option<Queue>, StoreError> {
    select(txn.connection(), account, region, name).await
}

/// Names of an account's queues in a Region that start with `prefix` and come after `after`, in
/// order.
pub async fn list(
    store: &Store,
    account: AccountId,
    region: &str,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT name FROM queue WHERE account = ? AND region = ? AND name > ? \
                AND substr(name, 1, length(?)) = ? ORDER BY name LIMIT ?";
    let rows = sqlx::query_scalar(rows)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(after)
        .bind(prefix)
        .bind(prefix)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(rows)
}

/// Names of the queues of an account and Region whose dead letters go to a queue, after `after`.
pub async fn sources(
    store: &Store,
    dead_letter: &Queue,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT name FROM queue WHERE dead_letter = ? AND account = ? AND region = ? \
                AND name > ? ORDER BY name LIMIT ?";
    let rows = sqlx::query_scalar(rows)
        .bind(dead_letter.arn())
        .bind(dead_letter.account.as_u64() as i64)
        .bind(&dead_letter.region)
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(rows)
}

/// Stores its attributes, tags and times anew.
pub async fn put(txn: &mut Txn, queue: &Queue) -> Result<(), StoreError> {
    let update = "UPDATE queue SET attributes = ?, tags = ?, dead_letter = ?, modified = ?, \
                  purged = ? WHERE id = ?";
    sqlx::query(update)
        .bind(write_texts(&queue.attributes))
        .bind(write_texts(&queue.tags))
        .bind(&queue.dead_letter)
        .bind(queue.modified.millis())
        .bind(queue.purged.map(Timestamp::millis))
        .bind(queue.id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// With the queue go its messages.
pub async fn delete(txn: &mut Txn, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM queue WHERE id = ?").bind(id).execute(txn.connection()).await?;
    Ok(())
}

async fn select(
    connection: &mut SqliteConnection,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Option<Queue>, StoreError> {
    let row = "SELECT id, account, attributes, tags, dead_letter, held, created, modified, purged \
               FROM queue WHERE account = ? AND region = ? AND name = ?";
    let row: Option<Row> = sqlx::query_as(row)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    row.map(|row| from_row(row, region, name)).transpose()
}

type Row = (i64, i64, String, String, Option<String>, i64, i64, i64, Option<i64>);

fn from_row(row: Row, region: &str, name: &str) -> Result<Queue, StoreError> {
    let (id, account, attributes, tags, dead_letter, held, created, modified, purged) = row;
    Ok(Queue {
        id,
        account: account::id_from(account)?,
        region: region.to_owned(),
        name: name.to_owned(),
        attributes: read_texts(&attributes)?,
        tags: read_texts(&tags)?,
        dead_letter,
        held: held as u64,
        created: Timestamp::from_millis(created),
        modified: Timestamp::from_millis(modified),
        purged: purged.map(Timestamp::from_millis),
    })
}
