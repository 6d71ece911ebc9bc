//! What records said of the tags of resources, so that the tags at any record since the lake's
//! cursor can be told.

use std::collections::{BTreeMap, BTreeSet};

use cairn_core::{AccountId, Seq, Timestamp};

use crate::{Store, StoreError, Txn};

/// What one record changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagChange {
    pub account: AccountId,
    /// Of the record.
    pub seq: Seq,
    /// What stands for the resources: text that the lake makes.
    pub resources: Vec<String>,
    /// Whether the tags that they had are gone.
    pub clears: bool,
    /// New values; `None` of a tag that is gone. No key is empty.
    pub tags: BTreeMap<String, Option<String>>,
    /// When the resources, which are sessions, are gone.
    pub ends: Option<Timestamp>,
}

/// Key of the row that says that all tags went.
const ALL: &str = "";

/// Keeps changes; those that are there already stay as they are. What no record after `settled`
/// needs is dropped, and so are sessions that have ended.
pub async fn put(
    txn: &mut Txn,
    changes: &[TagChange],
    settled: Seq,
    now: Timestamp,
) -> Result<(), StoreError> {
    for change in changes {
        for resource in &change.resources {
            let cleared = change.clears.then_some((ALL, None));
            let tags = change.tags.iter().map(|(key, value)| (&**key, value.as_deref()));
            for (key, value) in cleared.into_iter().chain(tags) {
                insert(txn, change, resource, key, value).await?;
            }
            tidy(txn, change.account, resource, settled).await?;
        }
    }
    sqlx::query("DELETE FROM tag_change WHERE ends < ? AND seq <= ?")
        .bind(now.millis())
        .bind(settled.0 as i64)
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn insert(
    txn: &mut Txn,
    change: &TagChange,
    resource: &str,
    key: &str,
    value: Option<&str>,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO tag_change (account, resource, seq, key, value, ends) \
                  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    sqlx::query(insert)
        .bind(change.account.as_u64() as i64)
        .bind(resource)
        .bind(change.seq.0 as i64)
        .bind(key)
        .bind(value)
        .bind(change.ends.map(Timestamp::millis))
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Drops what a later change replaced, and then what only says that something is gone.
async fn tidy(
    txn: &mut Txn,
    account: AccountId,
    resource: &str,
    settled: Seq,
) -> Result<(), StoreError> {
    let replaced = "DELETE FROM tag_change AS old \
         WHERE account = ?1 AND resource = ?2 AND EXISTS ( \
             SELECT 1 FROM tag_change AS new WHERE new.account = ?1 AND new.resource = ?2 \
             AND new.key IN (old.key, '') AND new.seq > old.seq AND new.seq <= ?3)";
    let gone = "DELETE FROM tag_change \
         WHERE account = ?1 AND resource = ?2 AND value IS NULL AND seq <= ?3";
    for statement in [replaced, gone] {
        sqlx::query(statement)
            .bind(account.as_u64() as i64)
            .bind(resource)
            .bind(settled.0 as i64)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}

/// What an account's records up to one said of these keys, in their order: resource, key, value and
/// end. Without a key all tags of the resource went.
pub async fn list(
    store: &Store,
    account: AccountId,
    keys: &BTreeSet<String>,
    upto: Seq,
) -> Result<Vec<TagRow>, StoreError> {
    let rows = "SELECT resource, key, value, ends FROM tag_change \
                WHERE account = ?1 AND seq <= ?2 \
                AND (key = '' OR key IN (SELECT value FROM json_each(?3))) ORDER BY seq, key";
    let wanted =
        serde_json::to_string(keys).map_err(|error| StoreError::corrupt(error.to_string()))?;
    let rows: Vec<(String, String, Option<String>, Option<i64>)> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .bind(upto.0 as i64)
        .bind(wanted)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let rows = rows.into_iter().map(|(resource, key, value, ends)| TagRow {
        resource,
        key: (key != ALL).then_some(key),
        value,
        ends: ends.map(Timestamp::from_millis),
    });
    Ok(rows.collect())
}

/// One tag of one resource after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRow {
    pub resource: String,
    /// `None` where all tags went.
    pub key: Option<String>,
    /// `None` where the tag went.
    pub value: Option<String>,
    pub ends: Option<Timestamp>,
}

#[cfg(test)]
mod tests;
