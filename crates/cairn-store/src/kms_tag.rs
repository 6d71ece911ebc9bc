//! Tags of KMS keys.

use crate::{Store, StoreError, Txn};

/// Tags of one key.
pub const TAGS: usize = 50;

/// Sets tags; one that is there already gets the new value.
pub async fn put(txn: &mut Txn, key_id: &str, tags: &[(String, String)]) -> Result<(), StoreError> {
    for (name, value) in tags {
        let upsert = "INSERT INTO kms_tag (key_id, name, value) VALUES (?, ?, ?) \
                      ON CONFLICT (key_id, name) DO UPDATE SET value = excluded.value";
        sqlx::query(upsert).bind(key_id).bind(name).bind(value).execute(txn.connection()).await?;
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM kms_tag WHERE key_id = ?")
        .bind(key_id)
        .fetch_one(txn.connection())
        .await?;
    if count as usize > TAGS {
        return Err(StoreError::LimitExceeded { what: "tags of a key", limit: TAGS });
    }
    Ok(())
}

/// Takes tags away; one that is not there is no error.
pub async fn remove(txn: &mut Txn, key_id: &str, names: &[String]) -> Result<(), StoreError> {
    for name in names {
        sqlx::query("DELETE FROM kms_tag WHERE key_id = ? AND name = ?")
            .bind(key_id)
            .bind(name)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}

/// A key's tags by name, after one of them.
pub async fn list(
    store: &Store,
    key_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, String)>, StoreError> {
    let rows = "SELECT name, value FROM kms_tag WHERE key_id = ? AND name > ? \
                ORDER BY name LIMIT ?";
    let tags = sqlx::query_as(rows)
        .bind(key_id)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(tags)
}
