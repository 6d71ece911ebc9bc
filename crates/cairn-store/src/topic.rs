//! Topics that messages are published to.

use std::collections::BTreeMap;

use cairn_core::{AccountId, Timestamp};
use sqlx::SqliteConnection;

use crate::{Store, StoreError, Txn, account};

/// Topics of one account in one Region.
pub const TOPICS: usize = 10_000;

/// Names and values, as they are kept in one column.
pub type Texts = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub arn: String,
    pub account: AccountId,
    pub region: String,
    /// Those that were set, by the names that SNS gives them.
    pub attributes: Texts,
    pub tags: Texts,
    /// Subscriptions that it once had.
    pub unsubscribed: u64,
    pub created: Timestamp,
}

/// The caller has made sure that there is no such topic yet.
pub async fn create(txn: &mut Txn, topic: &Topic) -> Result<(), StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM topic WHERE account = ? AND region = ?")
            .bind(topic.account.as_u64() as i64)
            .bind(&topic.region)
            .fetch_one(txn.connection())
            .await?;
    if count as usize >= TOPICS {
        return Err(StoreError::LimitExceeded { what: "topics in a Region", limit: TOPICS });
    }
    let insert = "INSERT INTO topic \
                  (arn, account, region, attributes, tags, unsubscribed, created) \
                  VALUES (?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&topic.arn)
        .bind(topic.account.as_u64() as i64)
        .bind(&topic.region)
        .bind(write_texts(&topic.attributes))
        .bind(write_texts(&topic.tags))
        .bind(topic.unsubscribed as i64)
        .bind(topic.created.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

pub async fn get(store: &Store, arn: &str) -> Result<Option<Topic>, StoreError> {
    select(&mut *store.reader().await?, arn).await
}

/// As the transaction sees it.
pub async fn find(txn: &mut Txn, arn: &str) -> Result<Option<Topic>, StoreError> {
    select(txn.connection(), arn).await
}

/// The ARNs of an account's topics in a Region after `after`, in order.
pub async fn list(
    store: &Store,
    account: AccountId,
    region: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT arn FROM topic WHERE account = ? AND region = ? AND arn > ? \
                ORDER BY arn LIMIT ?";
    let rows = sqlx::query_scalar(rows)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(rows)
}

/// Stores its attributes, tags and count anew.
pub async fn put(txn: &mut Txn, topic: &Topic) -> Result<(), StoreError> {
    sqlx::query("UPDATE topic SET attributes = ?, tags = ?, unsubscribed = ? WHERE arn = ?")
        .bind(write_texts(&topic.attributes))
        .bind(write_texts(&topic.tags))
        .bind(topic.unsubscribed as i64)
        .bind(&topic.arn)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// With the topic go its subscriptions and what waits for them. One that is gone is no error.
pub async fn delete(txn: &mut Txn, arn: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM topic WHERE arn = ?").bind(arn).execute(txn.connection()).await?;
    Ok(())
}

async fn select(connection: &mut SqliteConnection, arn: &str) -> Result<Option<Topic>, StoreError> {
    type Row = (i64, String, String, String, i64, i64);
    let row = "SELECT account, region, attributes, tags, unsubscribed, created \
               FROM topic WHERE arn = ?";
    let row: Option<Row> = sqlx::query_as(row).bind(arn).fetch_optional(connection).await?;
    let Some((account, region, attributes, tags, unsubscribed, created)) = row else {
        return Ok(None);
    };
    Ok(Some(Topic {
        arn: arn.to_owned(),
        account: account::id_from(account)?,
        region,
        attributes: read_texts(&attributes)?,
        tags: read_texts(&tags)?,
        unsubscribed: unsubscribed as u64,
        created: Timestamp::from_millis(created),
    }))
}

pub(crate) fn write_texts(texts: &Texts) -> String {
    serde_json::to_string(texts).expect("texts are always JSON")
}

pub(crate) fn read_texts(column: &str) -> Result<Texts, StoreError> {
    serde_json::from_str(column).map_err(|error| {
        StoreError::corrupt(format!("it has attributes that are no JSON: {error}"))
    })
}
