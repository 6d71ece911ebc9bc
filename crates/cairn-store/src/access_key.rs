//! Access keys: what signs requests.

use cairn_core::{AccountId, Timestamp, unique_id};
use sqlx::SqliteConnection;

use crate::directory::Change;
use crate::error::on_insert;
use crate::keyring::Purpose;
use crate::{
    Credential, Entity, Keyring, Principal, Secret, Store, StoreError, Txn, User, account, user,
};

/// Access keys of one user, and of one account's root.
pub const KEYS: usize = 2;

/// An access key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AKIA…`
    pub id: String,
    pub account: AccountId,
    pub owner: Owner,
    pub status: Status,
    pub created: Timestamp,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    Root,
    /// By name.
    User(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Inactive,
}

/// The secret is given here and never again.
pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    owner: Owner,
) -> Result<(AccessKey, Secret), StoreError> {
    let user_id = user_id(txn.connection(), account, &owner).await?;
    if ids_of(txn.connection(), account, user_id.as_deref()).await?.len() >= KEYS {
        return Err(StoreError::LimitExceeded { what: "access keys of one owner", limit: KEYS });
    }
    let id = unique_id("AKIA", txn.entropy());
    let secret = Secret::random(txn.entropy());
    let plain = secret.reveal().as_bytes();
    let sealed = txn.keyring().seal(Purpose::AccessKey, &id, plain, txn.entropy());
    let created = txn.now();
    let insert = "INSERT INTO access_key (id, account, user_id, active, secret, created) \
                  VALUES (?, ?, ?, TRUE, ?, ?)";
    sqlx::query(insert)
        .bind(&id)
        .bind(account.as_u64() as i64)
        .bind(user_id)
        .bind(sealed)
        .bind(created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::AccessKey, &id, missing)
        })?;
    publish(txn, &id).await?;
    Ok((AccessKey { id, account, owner, status: Status::Active, created }, secret))
}

/// The keys of one owner, oldest first.
pub async fn list(
    store: &Store,
    account: AccountId,
    owner: Owner,
) -> Result<Vec<AccessKey>, StoreError> {
    let mut reader = store.reader().await?;
    let user_id = user_id(&mut reader, account, &owner).await?;
    let rows = "SELECT id, active, created FROM access_key \
                WHERE account = ? AND user_id IS ? ORDER BY created, id";
    let rows: Vec<(String, bool, i64)> = sqlx::query_as(rows)
        .bind(account.as_u64() as i64)
        .bind(user_id)
        .fetch_all(&mut *reader)
        .await?;
    let keys = rows.into_iter().map(|(id, active, created)| {
        let status = if active { Status::Active } else { Status::Inactive };
        let created = Timestamp::from_millis(created);
        AccessKey { id, account, owner: owner.clone(), status, created }
    });
    Ok(keys.collect())
}

pub async fn set_status(
    txn: &mut Txn,
    account: AccountId,
    id: &str,
    status: Status,
) -> Result<(), StoreError> {
    let changed = sqlx::query("UPDATE access_key SET active = ? WHERE account = ? AND id = ?")
        .bind(status == Status::Active)
        .bind(account.as_u64() as i64)
        .bind(id)
        .execute(txn.connection())
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found(Entity::AccessKey, id));
    }
    publish(txn, id).await
}

pub async fn delete(txn: &mut Txn, account: AccountId, id: &str) -> Result<(), StoreError> {
    let changed = sqlx::query("DELETE FROM access_key WHERE account = ? AND id = ?")
        .bind(account.as_u64() as i64)
        .bind(id)
        .execute(txn.connection())
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found(Entity::AccessKey, id));
    }
    txn.then(Change::CredentialGone(id.to_owned()));
    Ok(())
}

/// The ids of the keys of one owner; `None` is root.
pub(crate) async fn ids_of(
    connection: &mut SqliteConnection,
    account: AccountId,
    user_id: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let ids = sqlx::query_scalar("SELECT id FROM access_key WHERE account = ? AND user_id IS ?")
        .bind(account.as_u64() as i64)
        .bind(user_id)
        .fetch_all(connection)
        .await?;
    Ok(ids)
}

macro_rules! credentials {
    ($condition:literal) => {
        concat!(
            "SELECT k.id, k.account, k.active, k.secret, u.name, u.id, u.admin, u.created ",
            "FROM access_key k LEFT JOIN user u ON u.id = k.user_id ",
            $condition
        )
    };
}

/// Every credential there is.
pub(crate) async fn load_all(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
) -> Result<Vec<Credential>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(credentials!("")).fetch_all(connection).await?;
    rows.into_iter().map(|row| open(keyring, row)).collect()
}

/// One credential, if there is such a key.
pub(crate) async fn load(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
    id: &str,
) -> Result<Option<Credential>, StoreError> {
    let row = sqlx::query_as(credentials!("WHERE k.id = ?")).bind(id);
    let row: Option<Row> = row.fetch_optional(connection).await?;
    row.map(|row| open(keyring, row)).transpose()
}

/// Shows a key that was written in this transaction to memory, by the way that a start reads it.
async fn publish(txn: &mut Txn, id: &str) -> Result<(), StoreError> {
    let keyring = txn.keyring().clone();
    let credential = load(txn.connection(), &keyring, id).await?;
    let credential = credential.ok_or_else(|| StoreError::not_found(Entity::AccessKey, id))?;
    txn.then(Change::Credential(credential));
    Ok(())
}

async fn user_id(
    connection: &mut SqliteConnection,
    account: AccountId,
    owner: &Owner,
) -> Result<Option<String>, StoreError> {
    match owner {
        Owner::Root => Ok(None),
        Owner::User(name) => Ok(Some(user::find(connection, account, name).await?.id)),
    }
}

type Row = (String, i64, bool, Vec<u8>, Option<String>, Option<String>, Option<bool>, Option<i64>);

fn open(keyring: &Keyring, row: Row) -> Result<Credential, StoreError> {
    let (id, account, active, sealed, name, user_id, admin, created) = row;
    let account = account::id_from(account)?;
    let broken = || StoreError::corrupt(format!("the secret of {id} does not open"));
    let plain = keyring.open_sealed(Purpose::AccessKey, &id, &sealed).ok_or_else(broken)?;
    let secret = std::str::from_utf8(&plain).map_err(|_| broken())?.to_owned();
    let principal = match (name, user_id, admin, created) {
        (Some(name), Some(id), Some(admin), Some(created)) => {
            let created = Timestamp::from_millis(created);
            User { account, name, id, admin, created }.into()
        }
        _ => Principal::Root,
    };
    let secret = Secret::new(secret);
    Ok(Credential { access_key_id: id, secret, account, principal, active })
}
