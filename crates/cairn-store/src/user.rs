//! Users of an account.

use cairn_core::{AccountId, Timestamp, unique_id};
use sqlx::SqliteConnection;

use crate::directory::Change;
use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, access_key, name};

/// Users of one account.
pub const USERS: usize = 5_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub account: AccountId,
    /// `[\w+=,.@-]{1,64}`; unique within the account, whatever the case.
    pub name: String,
    /// `AIDA…`, never given twice.
    pub id: String,
    /// May do everything within the account.
    pub admin: bool,
    pub created: Timestamp,
}

impl User {
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.account, self.name)
    }
}

pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    name: &str,
    admin: bool,
) -> Result<User, StoreError> {
    name::check_identity(Entity::User, name)?;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM user WHERE account = ?")
        .bind(account.as_u64() as i64)
        .fetch_one(txn.connection())
        .await?;
    if count as usize >= USERS {
        return Err(StoreError::LimitExceeded { what: "users in an account", limit: USERS });
    }
    let id = unique_id("AIDA", txn.entropy());
    let user = User { account, name: name.to_owned(), id, admin, created: txn.now() };
    sqlx::query("INSERT INTO user (account, name, id, admin, created) VALUES (?, ?, ?, ?, ?)")
        .bind(account.as_u64() as i64)
        .bind(name)
        .bind(&user.id)
        .bind(admin)
        .bind(user.created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::User, name, missing)
        })?;
    txn.then(Change::Identity(user.id.clone()));
    Ok(user)
}

pub async fn get(store: &Store, account: AccountId, name: &str) -> Result<User, StoreError> {
    find(&mut *store.reader().await?, account, name).await
}

/// All of an account, by name.
pub async fn list(store: &Store, account: AccountId) -> Result<Vec<User>, StoreError> {
    let rows = "SELECT name, id, admin, created FROM user WHERE account = ? ORDER BY name";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(rows.into_iter().map(|row| from_row(account, row)).collect())
}

/// With the user go its access keys and its sessions.
pub async fn delete(txn: &mut Txn, account: AccountId, name: &str) -> Result<(), StoreError> {
    let user = find(txn.connection(), account, name).await?;
    for key in access_key::ids_of(txn.connection(), account, Some(&user.id)).await? {
        txn.then(Change::CredentialGone(key));
    }
    sqlx::query("DELETE FROM user WHERE account = ? AND id = ?")
        .bind(account.as_u64() as i64)
        .bind(&user.id)
        .execute(txn.connection())
        .await?;
    txn.then(Change::IdentityGone(user.id));
    Ok(())
}

pub(crate) async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    name: &str,
) -> Result<User, StoreError> {
    let row = "SELECT name, id, admin, created FROM user WHERE account = ? AND name = ?";
    let row = sqlx::query_as(row)
        .bind(account.as_u64() as i64)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => Ok(from_row(account, row)),
        None => Err(StoreError::not_found(Entity::User, name)),
    }
}

type Row = (String, String, bool, i64);

fn from_row(account: AccountId, (name, id, admin, created): Row) -> User {
    User { account, name, id, admin, created: Timestamp::from_millis(created) }
}
