//! How far log files reach: of each account's records, and of each trail's.

use cairn_core::{AccountId, Seq};

use crate::{Store, StoreError, Txn};

/// How far the closed windows reach in an account's own order.
pub async fn covered(store: &Store, account: AccountId) -> Result<u64, StoreError> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT acct_seq FROM covered WHERE account = ?")
        .bind(account.as_u64() as i64)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(seq.unwrap_or(0) as u64)
}

pub async fn cover(txn: &mut Txn, account: AccountId, acct_seq: u64) -> Result<(), StoreError> {
    let upsert = "INSERT INTO covered (account, acct_seq) VALUES (?, ?) ON CONFLICT (account) \
                  DO UPDATE SET acct_seq = max(acct_seq, excluded.acct_seq)";
    sqlx::query(upsert)
        .bind(account.as_u64() as i64)
        .bind(acct_seq as i64)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// How far the files of each trail reach, where its plan changed.
pub async fn cursors(store: &Store) -> Result<Vec<(String, Seq)>, StoreError> {
    let rows: Vec<(String, i64)> = sqlx::query_as("SELECT trail, seq FROM trail_cursor")
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(rows.into_iter().map(|(trail, seq)| (trail, Seq(seq as u64))).collect())
}

/// The same in the order of the trail's account; 0 where it never changed.
pub async fn reached(store: &Store, trail: &str) -> Result<u64, StoreError> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT acct_seq FROM trail_cursor WHERE trail = ?")
        .bind(trail)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(seq.unwrap_or(0) as u64)
}

/// All records of a trail up to these places are in files.
pub async fn advance(txn: &mut Txn, trail: &str, to: Seq, acct_seq: u64) -> Result<(), StoreError> {
    let upsert = "INSERT INTO trail_cursor (trail, seq, acct_seq) VALUES (?, ?, ?) \
                  ON CONFLICT (trail) DO UPDATE SET seq = max(seq, excluded.seq), \
                  acct_seq = max(acct_seq, excluded.acct_seq)";
    sqlx::query(upsert)
        .bind(trail)
        .bind(to.0 as i64)
        .bind(acct_seq as i64)
        .execute(txn.connection())
        .await?;
    Ok(())
}
