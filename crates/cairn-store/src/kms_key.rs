//! KMS keys: what is known of one besides its material.

use cairn_core::{AccountId, Timestamp, event_id};
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use crate::error::on_insert;
use crate::kms_material::{self, Cause};
use crate::{Entity, Store, StoreError, Txn, account};

/// Keys of one account in one Region.
pub const KEYS: usize = 10_000;

/// A key of an account in a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    /// A UUID, never given twice.
    pub id: String,
    pub account: AccountId,
    pub region: String,
    pub description: String,
    /// The key policy's text.
    pub policy: String,
    /// A service's own key, which AWS would manage.
    pub managed: bool,
    pub enabled: bool,
    pub deletion: Option<Deletion>,
    pub rotation: Option<Rotation>,
    pub created: Timestamp,
    /// The id of the material that it encrypts with now.
    pub material: String,
}

/// A key that is going to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deletion {
    pub at: Timestamp,
    /// The days between the request and `at`.
    pub days: u16,
}

/// Automatic rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    pub days: u16,
    pub next: Timestamp,
}

/// What a key is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewKmsKey<'a> {
    pub account: AccountId,
    pub region: &'a str,
    pub description: &'a str,
    pub policy: &'a str,
    pub managed: bool,
}

impl KmsKey {
    pub fn arn(&self) -> String {
        format!("arn:aws:kms:{}:{}:key/{}", self.region, self.account, self.id)
    }
}

macro_rules! keys {
    ($condition:literal) => {
        concat!(
            "SELECT id, account, region, description, policy, managed, enabled, deletion, ",
            "waiting, rotation, next_rotation, created, (SELECT m.id FROM kms_material m ",
            "WHERE m.key_id = kms_key.id ORDER BY m.number DESC LIMIT 1) FROM kms_key ",
            $condition
        )
    };
}

/// Makes a key with its first material.
pub async fn create(txn: &mut Txn, new: NewKmsKey<'_>) -> Result<KmsKey, StoreError> {
    let NewKmsKey { account, region, description, policy, managed } = new;
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM kms_key WHERE account = ? AND region = ?")
            .bind(account.as_u64() as i64)
            .bind(region)
            .fetch_one(txn.connection())
            .await?;
    if count as usize >= KEYS {
        return Err(StoreError::LimitExceeded { what: "keys in a Region", limit: KEYS });
    }
    let id = event_id(txn.entropy());
    let created = txn.now();
    let insert = "INSERT INTO kms_key (id, account, region, description, policy, managed, \
                  enabled, created) VALUES (?, ?, ?, ?, ?, ?, TRUE, ?)";
    sqlx::query(insert)
        .bind(&id)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(description)
        .bind(policy)
        .bind(managed)
        .bind(created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::Account, &id, missing)
        })?;
    let material = kms_material::add(txn, &id, Cause::Created).await?;
    Ok(KmsKey {
        id,
        account,
        region: region.to_owned(),
        description: description.to_owned(),
        policy: policy.to_owned(),
        managed,
        enabled: true,
        deletion: None,
        rotation: None,
        created,
        material,
    })
}

/// The key with this id, whoever's it is: the caller compares account and Region.
pub async fn get(store: &Store, id: &str) -> Result<Option<KmsKey>, StoreError> {
    find(&mut *store.reader().await?, id).await
}

/// As [`get`], within a change.
pub async fn get_in(txn: &mut Txn, id: &str) -> Result<Option<KmsKey>, StoreError> {
    find(txn.connection(), id).await
}

/// Writes what may change of a key: description, policy, state, rotation.
pub async fn save(txn: &mut Txn, key: &KmsKey) -> Result<(), StoreError> {
    let update = "UPDATE kms_key SET description = ?, policy = ?, enabled = ?, deletion = ?, \
                  waiting = ?, rotation = ?, next_rotation = ? WHERE id = ?";
    sqlx::query(update)
        .bind(&key.description)
        .bind(&key.policy)
        .bind(key.enabled)
        .bind(key.deletion.map(|deletion| deletion.at.millis()))
        .bind(key.deletion.map(|deletion| i64::from(deletion.days)))
        .bind(key.rotation.map(|rotation| i64::from(rotation.days)))
        .bind(key.rotation.map(|rotation| rotation.next.millis()))
        .bind(&key.id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// With the key go its material, aliases, tags and grants.
pub async fn delete(txn: &mut Txn, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM kms_key WHERE id = ?").bind(id).execute(txn.connection()).await?;
    Ok(())
}

/// The ids of an account's keys in a Region, in their order, after one of them.
pub async fn list(
    store: &Store,
    account: AccountId,
    region: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT id FROM kms_key WHERE account = ? AND region = ? AND id > ? \
                ORDER BY id LIMIT ?";
    let ids = sqlx::query_scalar(rows)
        .bind(account.as_u64() as i64)
        .bind(region)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(ids)
}

/// Keys whose automatic rotation is due; one that is disabled or to be deleted waits.
pub async fn due_for_rotation(
    txn: &mut Txn,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<KmsKey>, StoreError> {
    let rows = sqlx::query_as(keys!(
        "WHERE next_rotation <= ? AND enabled AND deletion IS NULL ORDER BY next_rotation LIMIT ?"
    ));
    due(txn, rows, now, limit).await
}

/// Keys whose time to be deleted has come.
pub async fn due_for_deletion(
    txn: &mut Txn,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<KmsKey>, StoreError> {
    let rows = sqlx::query_as(keys!("WHERE deletion <= ? ORDER BY deletion LIMIT ?"));
    due(txn, rows, now, limit).await
}

async fn due(
    txn: &mut Txn,
    rows: QueryAs<'static, Sqlite, Row, SqliteArguments>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<KmsKey>, StoreError> {
    let rows = rows.bind(now.millis()).bind(limit).fetch_all(txn.connection()).await?;
    rows.into_iter().map(from_row).collect()
}

async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Option<KmsKey>, StoreError> {
    let row = sqlx::query_as(keys!("WHERE id = ?")).bind(id).fetch_optional(connection).await?;
    row.map(from_row).transpose()
}

type Row = (
    String,
    i64,
    String,
    String,
    String,
    bool,
    bool,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    i64,
    Option<String>,
);

fn from_row(row: Row) -> Result<KmsKey, StoreError> {
    let (
        id,
        account,
        region,
        description,
        policy,
        managed,
        enabled,
        at,
        waiting,
        days,
        next,
        created,
        newest,
    ) = row;
    let material =
        newest.ok_or_else(|| StoreError::corrupt(format!("the KMS key {id} has no material")))?;
    let pair = |at: Option<i64>, days: Option<i64>| {
        at.zip(days).map(|(at, days)| (Timestamp::from_millis(at), days as u16))
    };
    Ok(KmsKey {
        account: account::id_from(account)?,
        deletion: pair(at, waiting).map(|(at, days)| Deletion { at, days }),
        rotation: pair(next, days).map(|(next, days)| Rotation { days, next }),
        created: Timestamp::from_millis(created),
        id,
        region,
        description,
        policy,
        managed,
        enabled,
        material,
    })
}
