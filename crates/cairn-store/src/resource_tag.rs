//! The tags of resources, as records up to the lake's cursor said.

use std::collections::{BTreeMap, BTreeSet};

use cairn_core::{AccountId, Timestamp};
use sqlx::{QueryBuilder, Sqlite};

use crate::{Store, StoreError, Txn};

/// Rows of one statement: a round has thousands, and each statement goes to the database's thread
/// and back.
const ROWS: usize = 500;

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
    let mut left: BTreeMap<(AccountId, &str), Left<'_>> = BTreeMap::new();
    for change in changes {
        for resource in &change.resources {
            left.entry((change.account, resource)).or_default().follow(change);
        }
    }
    let (mut cleared, mut gone, mut put) = (Vec::new(), Vec::new(), Vec::new());
    for ((account, resource), Left { clears, tags }) in left {
        let account = account.as_u64() as i64;
        if clears {
            cleared.push((account, resource));
        }
        for (key, (value, ends)) in tags {
            match value {
                Some(value) => put.push((account, resource, key, value, ends)),
                None => gone.push((account, resource, key)),
            }
        }
    }
    clear(txn, &cleared).await?;
    remove(txn, &gone).await?;
    insert(txn, &put).await
}

/// What changes leave of a resource's tags.
#[derive(Debug, Default)]
struct Left<'a> {
    /// Whether those are gone that it had before the first change.
    clears: bool,
    /// Values, if tags have some, and when the resource ends.
    tags: BTreeMap<&'a str, (Option<&'a str>, Option<Timestamp>)>,
}

impl<'a> Left<'a> {
    fn follow(&mut self, change: &'a TagChange) {
        if change.clears {
            self.clears = true;
            self.tags.clear();
        }
        let tags = change.tags.iter();
        self.tags.extend(tags.map(|(key, value)| (&**key, (value.as_deref(), change.ends))));
    }
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

async fn clear(txn: &mut Txn, resources: &[(i64, &str)]) -> Result<(), StoreError> {
    for some in resources.chunks(ROWS) {
        let mut query =
            QueryBuilder::new("DELETE FROM resource_tag WHERE (account, resource) IN (");
        query.push_values(some, |mut row, (account, resource)| {
            row.push_bind(*account).push_bind(*resource);
        });
        execute(txn, query.push(")")).await?;
    }
    Ok(())
}

async fn remove(txn: &mut Txn, tags: &[(i64, &str, &str)]) -> Result<(), StoreError> {
    for some in tags.chunks(ROWS) {
        let mut query =
            QueryBuilder::new("DELETE FROM resource_tag WHERE (account, resource, key) IN (");
        query.push_values(some, |mut row, (account, resource, key)| {
            row.push_bind(*account).push_bind(*resource).push_bind(*key);
        });
        execute(txn, query.push(")")).await?;
    }
    Ok(())
}

/// Account, resource, key, value, and when the resource ends.
type Put<'a> = (i64, &'a str, &'a str, &'a str, Option<Timestamp>);

async fn insert(txn: &mut Txn, tags: &[Put<'_>]) -> Result<(), StoreError> {
    for some in tags.chunks(ROWS) {
        let mut query =
            QueryBuilder::new("INSERT INTO resource_tag (account, resource, key, value, ends) ");
        query.push_values(some, |mut row, (account, resource, key, value, ends)| {
            row.push_bind(*account).push_bind(*resource).push_bind(*key).push_bind(*value);
            row.push_bind(ends.map(Timestamp::millis));
        });
        query.push(
            " ON CONFLICT (account, resource, key) \
             DO UPDATE SET value = excluded.value, ends = excluded.ends",
        );
        execute(txn, &mut query).await?;
    }
    Ok(())
}

/// Statements of so many lengths are not kept for the next time.
async fn execute(txn: &mut Txn, query: &mut QueryBuilder<Sqlite>) -> Result<(), StoreError> {
    query.build().persistent(false).execute(txn.connection()).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
