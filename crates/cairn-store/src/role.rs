//! Roles of an account.

use cairn_core::{AccountId, Timestamp, unique_id};
use sqlx::SqliteConnection;

use crate::directory::Change;
use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, name};

/// Roles of one account.
pub const ROLES: usize = 1_000;
/// Accounts that one role trusts.
pub const TRUSTED_ACCOUNTS: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub account: AccountId,
    /// `[\w+=,.@-]{1,64}`; unique within the account, whatever the case.
    pub name: String,
    /// `AROA…`, never given twice.
    pub id: String,
    /// Whoever assumes it may do everything within the account.
    pub admin: bool,
    /// Other accounts whose principals may assume it.
    pub trusted: Vec<AccountId>,
    pub created: Timestamp,
}

/// What a role is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewRole<'a> {
    pub name: &'a str,
    pub admin: bool,
    pub trusted: &'a [AccountId],
}

impl Role {
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}", self.account, self.name)
    }

    /// Whether principals of an account may assume the role. Its own account always may.
    pub fn trusts(&self, account: AccountId) -> bool {
        account == self.account || self.trusted.contains(&account)
    }
}

pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    new: NewRole<'_>,
) -> Result<Role, StoreError> {
    name::check_identity(Entity::Role, new.name)?;
    check_limits(txn.connection(), account, &new).await?;
    let role = Role {
        account,
        name: new.name.to_owned(),
        id: unique_id("AROA", txn.entropy()),
        admin: new.admin,
        trusted: new.trusted.to_vec(),
        created: txn.now(),
    };
    let trusted: Vec<String> = role.trusted.iter().map(AccountId::to_string).collect();
    let insert = "INSERT INTO role (account, name, id, admin, trusted, created) \
                  VALUES (?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(account.as_u64() as i64)
        .bind(&role.name)
        .bind(&role.id)
        .bind(role.admin)
        .bind(trusted.join(","))
        .bind(role.created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::Role, new.name, missing)
        })?;
    txn.then(Change::Identity(role.id.clone()));
    Ok(role)
}

pub async fn get(store: &Store, account: AccountId, name: &str) -> Result<Role, StoreError> {
    find(&mut *store.reader().await?, account, name).await
}

/// All of an account, by name.
pub async fn list(store: &Store, account: AccountId) -> Result<Vec<Role>, StoreError> {
    let rows = "SELECT name, id, admin, trusted, created FROM role WHERE account = ? ORDER BY name";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(|row| from_row(account, row)).collect()
}

/// With the role go its sessions.
pub async fn delete(txn: &mut Txn, account: AccountId, name: &str) -> Result<(), StoreError> {
    let role = find(txn.connection(), account, name).await?;
    sqlx::query("DELETE FROM role WHERE account = ? AND id = ?")
        .bind(account.as_u64() as i64)
        .bind(&role.id)
        .execute(txn.connection())
        .await?;
    txn.then(Change::IdentityGone(role.id));
    Ok(())
}

async fn check_limits(
    connection: &mut SqliteConnection,
    account: AccountId,
    new: &NewRole<'_>,
) -> Result<(), StoreError> {
    if new.trusted.len() > TRUSTED_ACCOUNTS {
        let what = "trusted accounts of a role";
        return Err(StoreError::LimitExceeded { what, limit: TRUSTED_ACCOUNTS });
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM role WHERE account = ?")
        .bind(account.as_u64() as i64)
        .fetch_one(connection)
        .await?;
    if count as usize >= ROLES {
        return Err(StoreError::LimitExceeded { what: "roles in an account", limit: ROLES });
    }
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    name: &str,
) -> Result<Role, StoreError> {
    let row = "SELECT name, id, admin, trusted, created FROM role WHERE account = ? AND name = ?";
    let row = sqlx::query_as(row)
        .bind(account.as_u64() as i64)
        .bind(name)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => from_row(account, row),
        None => Err(StoreError::not_found(Entity::Role, name)),
    }
}

type Row = (String, String, bool, String, i64);

fn from_row(account: AccountId, row: Row) -> Result<Role, StoreError> {
    let (name, id, admin, trusted, created) = row;
    let mut accounts = Vec::new();
    for text in trusted.split(',').filter(|text| !text.is_empty()) {
        let broken = |_| StoreError::corrupt(format!("the role {name} trusts {text:?}"));
        accounts.push(text.parse().map_err(broken)?);
    }
    let created = Timestamp::from_millis(created);
    Ok(Role { account, name, id, admin, trusted: accounts, created })
}
