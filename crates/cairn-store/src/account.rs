//! Accounts: who owns records and identities.

use cairn_core::{AccountId, Entropy, Timestamp};
use sqlx::SqliteConnection;

use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, name};

/// Accounts of one server.
pub const ACCOUNTS: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: AccountId,
    /// For people; not unique.
    pub name: String,
    pub created: Timestamp,
}

/// Without an id, a random one of twelve digits is taken.
pub async fn create(
    txn: &mut Txn,
    id: Option<AccountId>,
    name: &str,
) -> Result<Account, StoreError> {
    name::check_account(name)?;
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM account").fetch_one(txn.connection()).await?;
    if count as usize >= ACCOUNTS {
        return Err(StoreError::LimitExceeded { what: "accounts", limit: ACCOUNTS });
    }
    let id = match id {
        Some(id) => id,
        None => free_id(txn).await?,
    };
    let account = Account { id, name: name.to_owned(), created: txn.now() };
    sqlx::query("INSERT INTO account (id, name, created) VALUES (?, ?, ?)")
        .bind(id.as_u64() as i64)
        .bind(name)
        .bind(account.created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, id);
            on_insert(error, Entity::Account, &id.to_string(), missing)
        })?;
    Ok(account)
}

pub async fn get(store: &Store, id: AccountId) -> Result<Account, StoreError> {
    let row = sqlx::query_as("SELECT id, name, created FROM account WHERE id = ?")
        .bind(id.as_u64() as i64)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    from_row(row.ok_or_else(|| StoreError::not_found(Entity::Account, id))?)
}

/// All of them, by id.
pub async fn list(store: &Store) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query_as("SELECT id, name, created FROM account ORDER BY id")
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Twelve random digits, the first of them not zero: people lose leading zeros. May be taken.
pub fn random_id(entropy: &dyn Entropy) -> AccountId {
    const LOWEST: u64 = 100_000_000_000;
    let mut bytes = [0u8; 8];
    entropy.fill(&mut bytes);
    let offset = u64::from_le_bytes(bytes) % (AccountId::MAX.as_u64() - LOWEST + 1);
    AccountId::new(LOWEST + offset).expect("the remainder keeps it below the largest id")
}

/// An account id as it is stored.
pub(crate) fn id_from(stored: i64) -> Result<AccountId, StoreError> {
    let id = u64::try_from(stored).ok().and_then(AccountId::new);
    id.ok_or_else(|| StoreError::corrupt(format!("{stored} is no account id")))
}

fn from_row((id, name, created): (i64, String, i64)) -> Result<Account, StoreError> {
    Ok(Account { id: id_from(id)?, name, created: Timestamp::from_millis(created) })
}

async fn free_id(txn: &mut Txn) -> Result<AccountId, StoreError> {
    loop {
        let id = random_id(txn.entropy());
        if !exists(txn.connection(), id).await? {
            return Ok(id);
        }
    }
}

async fn exists(connection: &mut SqliteConnection, id: AccountId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM account WHERE id = ?)")
        .bind(id.as_u64() as i64)
        .fetch_one(connection)
        .await?;
    Ok(found)
}
