//! Policies of event data stores, channels and dashboards, by ARN.

use crate::{Store, StoreError, Txn};

/// Attaches a policy, in the place of another.
pub async fn put(txn: &mut Txn, resource: &str, policy: &str) -> Result<(), StoreError> {
    let upsert = "INSERT INTO resource_policy (resource, policy) VALUES (?, ?) \
                  ON CONFLICT (resource) DO UPDATE SET policy = excluded.policy";
    sqlx::query(upsert).bind(resource).bind(policy).execute(txn.connection()).await?;
    Ok(())
}

/// The policy's text, as it was given.
pub async fn get(store: &Store, resource: &str) -> Result<Option<String>, StoreError> {
    let text = sqlx::query_scalar("SELECT policy FROM resource_policy WHERE resource = ?")
        .bind(resource)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(text)
}

/// Gives whether there was one.
pub async fn remove(txn: &mut Txn, resource: &str) -> Result<bool, StoreError> {
    let gone = sqlx::query("DELETE FROM resource_policy WHERE resource = ?")
        .bind(resource)
        .execute(txn.connection())
        .await?;
    Ok(gone.rows_affected() > 0)
}
