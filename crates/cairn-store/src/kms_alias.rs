//! Aliases: names of KMS keys within an account and a Region.

use cairn_core::{AccountId, Timestamp};
use sqlx::SqliteConnection;

use crate::{Store, StoreError, Txn, account};

/// Aliases of one key.
pub const ALIASES: usize = 50;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsAlias {
    pub account: AccountId,
    pub region: String,
    /// `alias/…`
    pub name: String,
    pub key_id: String,
    pub created: Timestamp,
    /// When it was pointed to its key.
    pub updated: Timestamp,
}

impl KmsAlias {
    pub fn arn(&self) -> String {
        format!("arn:aws:kms:{}:{}:{}", self.region, self.account, self.name)
    }
}

/// Names an account's key. `false` where the name is taken.
pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    region: &str,
    name: &str,
    key_id: &str,
) -> Result<bool, StoreError> {
    check_limit(txn.connection(), key_id).await?;
    let now = txn.now().millis();
    let insert = "INSERT INTO kms_alias (account, region, name, key_id, created, updated) \
                  VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    let made = sqlx::query(insert)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(name)
        .bind(key_id)
        .bind(now)
        .bind(now)
        .execute(txn.connection())
        .await?;
    Ok(made.rows_affected() > 0)
}

/// Points an alias to another key. `false` where there is no such alias.
pub async fn point(
    txn: &mut Txn,
    account: AccountId,
    region: &str,
    name: &str,
    key_id: &str,
) -> Result<bool, StoreError> {
    check_limit(txn.connection(), key_id).await?;
    let now = txn.now().millis();
    let update = "UPDATE kms_alias SET key_id = ?, updated = ? \
                  WHERE account = ? AND region = ? AND name = ?";
    let changed = sqlx::query(update)
        .bind(key_id)
        .bind(now)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(name)
        .execute(txn.connection())
        .await?;
    Ok(changed.rows_affected() > 0)
}

/// `false` where there is no such alias.
pub async fn delete(
    txn: &mut Txn,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<bool, StoreError> {
    let gone = sqlx::query("DELETE FROM kms_alias WHERE account = ? AND region = ? AND name = ?")
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(name)
        .execute(txn.connection())
        .await?;
    Ok(gone.rows_affected() > 0)
}

/// The id of the key that an alias names.
pub async fn target(
    store: &Store,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Option<String>, StoreError> {
    find(&mut *store.reader().await?, account, region, name).await
}

/// As [`target`], within a change.
pub async fn target_in(
    txn: &mut Txn,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Option<String>, StoreError> {
    find(txn.connection(), account, region, name).await
}

/// An account's aliases in a Region by name, after one of them: all, or those of one key.
pub async fn list(
    store: &Store,
    (account, region): (AccountId, &str),
    key_id: Option<&str>,
    after: &str,
    limit: u32,
) -> Result<Vec<KmsAlias>, StoreError> {
    let rows = "SELECT account, region, name, key_id, created, updated FROM kms_alias \
                WHERE account = ?1 AND region = ?2 AND name > ?3 AND (?4 IS NULL OR key_id = ?4) \
                ORDER BY name LIMIT ?5";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(after)
        .bind(key_id)
        .bind(limit)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    region: &str,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let row = "SELECT key_id FROM kms_alias WHERE account = ? AND region = ? AND name = ?";
    let found = sqlx::query_scalar(row)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    Ok(found)
}

async fn check_limit(connection: &mut SqliteConnection, key_id: &str) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM kms_alias WHERE key_id = ?")
        .bind(key_id)
        .fetch_one(connection)
        .await?;
    if count as usize >= ALIASES {
        return Err(StoreError::LimitExceeded { what: "aliases of a key", limit: ALIASES });
    }
    Ok(())
}

type Row = (i64, String, String, String, i64, i64);

fn from_row(row: Row) -> Result<KmsAlias, StoreError> {
    let (account, region, name, key_id, created, updated) = row;
    let account = account::id_from(account)?;
    let (created, updated) = (Timestamp::from_millis(created), Timestamp::from_millis(updated));
    Ok(KmsAlias { account, region, name, key_id, created, updated })
}
