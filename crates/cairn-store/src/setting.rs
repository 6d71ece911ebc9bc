//! Facts about the whole store: its instance id, its first account, the proof of its master key.

use cairn_core::{AccountId, Entropy, event_id};
use sqlx::SqliteConnection;

use crate::directory::Change;
use crate::keyring::Purpose;
use crate::{Keyring, StoreError, Txn};

const INSTANCE: &str = "instance_id";
const KEY_CHECK: &str = "key_check";
const FIRST_ACCOUNT: &str = "first_account";
const BOOTSTRAP_KEY: &str = "bootstrap_key";

/// Makes the instance id and the proof of the key at the first opening; afterwards checks the key.
/// Gives the instance id.
pub(crate) async fn prepare(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
    entropy: &dyn Entropy,
) -> Result<String, StoreError> {
    let fresh = event_id(entropy);
    let proof = keyring.seal(Purpose::Check, &fresh, &[], entropy);
    // One statement: both rows or none.
    sqlx::query("INSERT INTO setting VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING")
        .bind(INSTANCE)
        .bind(fresh.as_bytes())
        .bind(KEY_CHECK)
        .bind(proof)
        .execute(&mut *connection)
        .await?;
    let missing = || StoreError::corrupt("it has no instance id or no proof of its key");
    let instance = load_text(connection, INSTANCE).await?.ok_or_else(missing)?;
    let proof = load(connection, KEY_CHECK).await?.ok_or_else(missing)?;
    match keyring.open_sealed(Purpose::Check, &instance, &proof) {
        Some(_) => Ok(instance),
        None => Err(StoreError::WrongKey),
    }
}

pub(crate) async fn load_first_account(
    connection: &mut SqliteConnection,
) -> Result<Option<AccountId>, StoreError> {
    let Some(text) = load_text(connection, FIRST_ACCOUNT).await? else {
        return Ok(None);
    };
    let account = text.parse().map_err(|_| StoreError::corrupt("its first account is no id"))?;
    Ok(Some(account))
}

/// Set once, in the transaction that creates the account.
pub(crate) async fn put_first_account(txn: &mut Txn, account: AccountId) -> Result<(), StoreError> {
    put(txn, FIRST_ACCOUNT, &account.to_string()).await?;
    txn.then(Change::FirstAccount(account));
    Ok(())
}

/// The id of the bootstrap key, for as long as nobody has said that it was handed over.
pub(crate) async fn load_bootstrap_key(
    connection: &mut SqliteConnection,
) -> Result<Option<String>, StoreError> {
    load_text(connection, BOOTSTRAP_KEY).await
}

pub(crate) async fn put_bootstrap_key(txn: &mut Txn, id: &str) -> Result<(), StoreError> {
    put(txn, BOOTSTRAP_KEY, id).await
}

pub(crate) async fn remove_bootstrap_key(txn: &mut Txn) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM setting WHERE name = ?")
        .bind(BOOTSTRAP_KEY)
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn put(txn: &mut Txn, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO setting VALUES (?, ?)")
        .bind(name)
        .bind(value.as_bytes())
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn load(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let value = sqlx::query_scalar("SELECT value FROM setting WHERE name = ?").bind(name);
    Ok(value.fetch_optional(connection).await?)
}

async fn load_text(
    connection: &mut SqliteConnection,
    name: &str,
) -> Result<Option<String>, StoreError> {
    let Some(value) = load(connection, name).await? else {
        return Ok(None);
    };
    match String::from_utf8(value) {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(StoreError::corrupt(format!("its setting {name} is no text"))),
    }
}
