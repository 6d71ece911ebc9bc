//! Who gets what is published to a topic.

use cairn_core::{AccountId, Timestamp};
use sqlx::SqliteConnection;

use crate::topic::{Texts, read_texts, write_texts};
use crate::{Store, StoreError, Txn, account};

/// Subscriptions of one topic. A publication makes a notice for each.
pub const SUBSCRIPTIONS: usize = 1_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The topic's ARN, a colon and a UUID.
    pub arn: String,
    pub topic: String,
    /// The subscriber's.
    pub account: AccountId,
    /// The subscriber's ARN.
    pub principal: String,
    /// `sqs`, `http` or `https`.
    pub protocol: String,
    pub endpoint: String,
    pub attributes: Texts,
    /// What the endpoint has to repeat; `None` once it did.
    pub token: Option<String>,
    /// Whether the owner of the endpoint was known when it confirmed.
    pub authenticated: bool,
    pub created: Timestamp,
}

/// How many subscriptions a topic has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SubscriptionCounts {
    pub confirmed: u64,
    pub pending: u64,
}

/// The caller has made sure that the topic has no such endpoint yet.
pub async fn create(txn: &mut Txn, new: &Subscription) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM subscription WHERE topic = ?")
        .bind(&new.topic)
        .fetch_one(txn.connection())
        .await?;
    if count as usize >= SUBSCRIPTIONS {
        let what = "subscriptions of a topic";
        return Err(StoreError::LimitExceeded { what, limit: SUBSCRIPTIONS });
    }
    let insert = "INSERT INTO subscription (arn, topic, account, principal, protocol, endpoint, \
                  attributes, token, authenticated, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&new.arn)
        .bind(&new.topic)
        .bind(new.account.as_u64() as i64)
        .bind(&new.principal)
        .bind(&new.protocol)
        .bind(&new.endpoint)
        .bind(write_texts(&new.attributes))
        .bind(&new.token)
        .bind(new.authenticated)
        .bind(new.created.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

pub async fn get(store: &Store, arn: &str) -> Result<Option<Subscription>, StoreError> {
    select(&mut *store.reader().await?, arn).await
}

/// As the transaction sees it.
pub async fn find(txn: &mut Txn, arn: &str) -> Result<Option<Subscription>, StoreError> {
    select(txn.connection(), arn).await
}

/// The subscription of an endpoint to a topic.
pub async fn of_endpoint(
    txn: &mut Txn,
    topic: &str,
    protocol: &str,
    endpoint: &str,
) -> Result<Option<Subscription>, StoreError> {
    let row = "SELECT arn, topic, account, principal, protocol, endpoint, attributes, token, \
               authenticated, created FROM subscription \
               WHERE topic = ? AND protocol = ? AND endpoint = ?";
    let row: Option<Row> = sqlx::query_as(row)
        .bind(topic)
        .bind(protocol)
        .bind(endpoint)
        .fetch_optional(txn.connection())
        .await?;
    row.map(from_row).transpose()
}

/// The subscription of a topic that waits for this token.
pub async fn of_token(
    txn: &mut Txn,
    topic: &str,
    token: &str,
) -> Result<Option<Subscription>, StoreError> {
    let row = "SELECT arn, topic, account, principal, protocol, endpoint, attributes, token, \
               authenticated, created FROM subscription WHERE topic = ? AND token = ?";
    let row: Option<Row> =
        sqlx::query_as(row).bind(topic).bind(token).fetch_optional(txn.connection()).await?;
    row.map(from_row).transpose()
}

/// All of a topic that have confirmed, as the transaction sees them.
pub async fn confirmed(txn: &mut Txn, topic: &str) -> Result<Vec<Subscription>, StoreError> {
    let rows = "SELECT arn, topic, account, principal, protocol, endpoint, attributes, token, \
                authenticated, created FROM subscription WHERE topic = ? AND token IS NULL";
    let rows: Vec<Row> = sqlx::query_as(rows).bind(topic).fetch_all(txn.connection()).await?;
    rows.into_iter().map(from_row).collect()
}

/// Those of a topic after `after`, in the order of their ARNs.
pub async fn of_topic(
    store: &Store,
    topic: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Subscription>, StoreError> {
    let rows = "SELECT arn, topic, account, principal, protocol, endpoint, attributes, token, \
                authenticated, created FROM subscription WHERE topic = ? AND arn > ? \
                ORDER BY arn LIMIT ?";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(topic)
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Those that an account made to topics of a Region, after `after`, in the order of their ARNs.
pub async fn of_account(
    store: &Store,
    account: AccountId,
    region: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Subscription>, StoreError> {
    let rows = "SELECT arn, topic, account, principal, protocol, endpoint, attributes, token, \
                authenticated, created FROM subscription \
                WHERE account = ? AND arn > ? AND arn GLOB ? ORDER BY arn LIMIT ?";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .bind(after)
        .bind(format!("arn:*:sns:{region}:*"))
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

pub async fn counts(store: &Store, topic: &str) -> Result<SubscriptionCounts, StoreError> {
    let row = "SELECT count(*), count(token) FROM subscription WHERE topic = ?";
    let (all, pending): (i64, i64) =
        sqlx::query_as(row).bind(topic).fetch_one(&mut *store.reader().await?).await?;
    Ok(SubscriptionCounts { confirmed: (all - pending) as u64, pending: pending as u64 })
}

/// Stores its attributes and what is known of its endpoint anew.
pub async fn put(txn: &mut Txn, subscription: &Subscription) -> Result<(), StoreError> {
    let update = "UPDATE subscription SET attributes = ?, token = ?, authenticated = ? \
                  WHERE arn = ?";
    sqlx::query(update)
        .bind(write_texts(&subscription.attributes))
        .bind(&subscription.token)
        .bind(subscription.authenticated)
        .bind(&subscription.arn)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// With the subscription goes what waits for it.
pub async fn delete(txn: &mut Txn, arn: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM subscription WHERE arn = ?")
        .bind(arn)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Removes those that nobody confirmed since `before`.
pub async fn expire(txn: &mut Txn, before: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM subscription WHERE token IS NOT NULL AND created < ?")
        .bind(before.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

type Row = (String, String, i64, String, String, String, String, Option<String>, bool, i64);

async fn select(
    connection: &mut SqliteConnection,
    arn: &str,
) -> Result<Option<Subscription>, StoreError> {
    let row = "SELECT arn, topic, account, principal, protocol, endpoint, attributes, token, \
               authenticated, created FROM subscription WHERE arn = ?";
    let row: Option<Row> = sqlx::query_as(row).bind(arn).fetch_optional(connection).await?;
    row.map(from_row).transpose()
}

fn from_row(row: Row) -> Result<Subscription, StoreError> {
    let (arn, topic, account, principal, protocol, endpoint, attributes, token, known, created) =
        row;
    Ok(Subscription {
        arn,
        topic,
        account: account::id_from(account)?,
        principal,
        protocol,
        endpoint,
        attributes: read_texts(&attributes)?,
        token,
        authenticated: known,
        created: Timestamp::from_millis(created),
    })
}
