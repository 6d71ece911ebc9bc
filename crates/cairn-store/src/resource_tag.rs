//! The tags of resources, as records up to the lake's cursor said.

use std::collections::{BTreeMap, BTreeSet};

use cairn_core::{AccountId, Timestamp};

use crate::{Store, StoreError, Txn};

/// What one record changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagChange {
    pub account: AccountId,
    /// What stands for the resources: text that the lake makes.
    pub resources: Vec<String>,
    /// Whether the tags that they had are gone.
    pub clears: bool,
    /// New values; `None` of a tag that is gone.
    pub tags: BTreeMap<String, Option<String>>,
    /// When the resources, which are sessions, are gone.
    pub ends: Option<Timestamp>,
}

/// A tag of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceTag {
    pub resource: String,
    pub key: String,
    pub value: String,
    /// When the resource, which is a session, is gone.
    pub ends: Option<Timestamp>,
}

/// Follows changes in their order, in the transaction that moves the lake's cursor past them.
pub async fn apply(txn: &mut Txn, changes: &[TagChange]) -> Result<(), StoreError> {
    for change in changes {
        for resource in &change.resources {
            if change.clears {
                clear(txn, change.account, resource).await?;
            }
            for (key, value) in &change.tags {
                match value {
                    Some(value) => put(txn, change, resource, key, value).await?,
                    None => remove(txn, change.account, resource, key).await?,
                }
            }
        }
    }
    Ok(())
}

/// Forgets the sessions that had ended.
pub async fn expire(txn: &mut Txn, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM resource_tag WHERE ends < ?")
        .bind(now.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// An account's tags with these keys, by resource.
pub async fn list(
    store: &Store,
    account: AccountId,
    keys: &BTreeSet<String>,
) -> Result<Vec<ResourceTag>, StoreError> {
    let rows = "SELECT resource, key, value, ends FROM resource_tag \
                WHERE account = ? AND key IN (SELECT value FROM json_each(?)) ORDER BY resource";
    let keys =
        serde_json::to_string(keys).map_err(|error| StoreError::corrupt(error.to_string()))?;
    let rows: Vec<(String, String, String, Option<i64>)> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .bind(keys)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let tags = rows.into_iter().map(|(resource, key, value, ends)| ResourceTag {
        resource,
        key,
        value,
        ends: ends.map(Timestamp::from_millis),
    });
    Ok(tags.collect())
}

async fn clear(txn: &mut Txn, account: AccountId, resource: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM resource_tag WHERE account = ? AND resource = ?")
        .bind(account.as_u64() as i64)
        .bind(resource)
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn put(
    txn: &mut Txn,
    change: &TagChange,
    resource: &str,
    key: &str,
    value: &str,
) -> Result<(), StoreError> {
    let upsert = "INSERT INTO resource_tag (account, resource, key, value, ends) \
                  VALUES (?, ?, ?, ?, ?) ON CONFLICT (account, resource, key) \
                  DO UPDATE SET value = excluded.value, ends = excluded.ends";
    sqlx::query(upsert)
        .bind(change.account.as_u64() as i64)
        .bind(resource)
        .bind(key)
        .bind(value)
        .bind(change.ends.map(Timestamp::millis))
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn remove(
    txn: &mut Txn,
    account: AccountId,
    resource: &str,
    key: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM resource_tag WHERE account = ? AND resource = ? AND key = ?")
        .bind(account.as_u64() as i64)
        .bind(resource)
        .bind(key)
        .execute(txn.connection())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
