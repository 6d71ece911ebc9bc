//! Tags of resources, by ARN.

use crate::{Store, StoreError, Txn};

/// Tags of one resource.
pub const TAGS: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub key: String,
    /// `None` for a tag that was given none.
    pub value: Option<String>,
}

/// Adds tags to a resource; one with the same key is replaced.
///
/// # Errors
/// `LimitExceeded` if the resource then had more than [`TAGS`].
pub async fn put(txn: &mut Txn, resource: &str, tags: &[Tag]) -> Result<(), StoreError> {
    let upsert = "INSERT INTO tag (resource, name, value) VALUES (?, ?, ?) \
                  ON CONFLICT (resource, name) DO UPDATE SET value = excluded.value";
    for tag in tags {
        sqlx::query(upsert)
            .bind(resource)
            .bind(&tag.key)
            .bind(&tag.value)
            .execute(txn.connection())
            .await?;
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM tag WHERE resource = ?")
        .bind(resource)
        .fetch_one(txn.connection())
        .await?;
    if count as usize > TAGS {
        return Err(StoreError::LimitExceeded { what: "tags of a resource", limit: TAGS });
    }
    Ok(())
}

/// Removes the tags with these keys. One that is not there is no error.
pub async fn remove(txn: &mut Txn, resource: &str, keys: &[&str]) -> Result<(), StoreError> {
    for key in keys {
        sqlx::query("DELETE FROM tag WHERE resource = ? AND name = ?")
            .bind(resource)
            .bind(*key)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}

/// Removes every tag of a resource that is no more.
pub async fn clear(txn: &mut Txn, resource: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM tag WHERE resource = ?")
        .bind(resource)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// By key.
pub async fn list(store: &Store, resource: &str) -> Result<Vec<Tag>, StoreError> {
    let rows = "SELECT name, value FROM tag WHERE resource = ? ORDER BY name";
    let rows: Vec<(String, Option<String>)> =
        sqlx::query_as(rows).bind(resource).fetch_all(&mut *store.reader().await?).await?;
    Ok(rows.into_iter().map(|(key, value)| Tag { key, value }).collect())
}
