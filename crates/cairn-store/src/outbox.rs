//! Records of effects, on their way to the journal.
//!
//! A record is put here in the transaction of the effect that it tells of, and removed once the
//! journal has it. A record that is in both after a crash is stored once: the journal knows it by
//! its event id.

use bytes::Bytes;
use cairn_core::AccountId;

use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, account};

/// Records that wait for the journal; beyond this, effects are refused.
pub const WAITING: usize = 10_000;

/// A place in the outbox, in the order of the effects. Never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxId(i64);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    pub id: OutboxId,
    pub account: AccountId,
    /// The record exactly as the journal shall have it.
    pub record: Bytes,
}

pub async fn put(txn: &mut Txn, account: AccountId, record: &[u8]) -> Result<OutboxId, StoreError> {
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(txn.connection()).await?;
    if count as usize >= WAITING {
        return Err(StoreError::OutboxFull { limit: WAITING });
    }
    let id = sqlx::query_scalar("INSERT INTO outbox (account, record) VALUES (?, ?) RETURNING id")
        .bind(account.as_u64() as i64)
        .bind(record)
        .fetch_one(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::Account, &account.to_string(), missing)
        })?;
    Ok(OutboxId(id))
}

/// The oldest records of all accounts, at most `limit`.
pub async fn list(store: &Store, limit: usize) -> Result<Vec<OutboxRecord>, StoreError> {
    let rows = "SELECT id, account, record FROM outbox ORDER BY id LIMIT ?";
    let rows: Vec<(i64, i64, Vec<u8>)> =
        sqlx::query_as(rows).bind(limit as i64).fetch_all(&mut *store.reader().await?).await?;
    let records = rows.into_iter().map(|(id, account, record)| {
        let account = account::id_from(account)?;
        Ok(OutboxRecord { id: OutboxId(id), account, record: record.into() })
    });
    records.collect()
}

/// Removes records that are durable in the journal. One that is gone already is no error.
pub async fn remove(txn: &mut Txn, ids: &[OutboxId]) -> Result<(), StoreError> {
    for id in ids {
        sqlx::query("DELETE FROM outbox WHERE id = ?").bind(id.0).execute(txn.connection()).await?;
    }
    Ok(())
}
