//! Grants: who may use a KMS key besides those whom its policy lets.

use cairn_core::{AccountId, Timestamp};
use sqlx::SqliteConnection;

use crate::{Store, StoreError, Txn, account};

/// Grants of one key.
pub const GRANTS: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsGrant {
    /// 64 digits of hexadecimal.
    pub id: String,
    pub key_id: String,
    /// What its maker was given to name it by.
    pub token: String,
    pub name: Option<String>,
    pub grantee: String,
    pub retiring: Option<String>,
    /// A JSON array of names of operations.
    pub operations: String,
    /// A JSON object, as it came.
    pub constraints: Option<String>,
    /// The account that made it.
    pub issuer: AccountId,
    pub created: Timestamp,
}

pub async fn create(txn: &mut Txn, grant: &KmsGrant) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM kms_grant WHERE key_id = ?")
        .bind(&grant.key_id)
        .fetch_one(txn.connection())
        .await?;
    if count as usize >= GRANTS {
        return Err(StoreError::LimitExceeded { what: "grants of a key", limit: GRANTS });
    }
    let insert = "INSERT INTO kms_grant (id, key_id, token, name, grantee, retiring, operations, \
                  constraints, issuer, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&grant.id)
        .bind(&grant.key_id)
        .bind(&grant.token)
        .bind(&grant.name)
        .bind(&grant.grantee)
        .bind(&grant.retiring)
        .bind(&grant.operations)
        .bind(&grant.constraints)
        .bind(grant.issuer.as_u64() as i64)
        .bind(grant.created.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

macro_rules! grants {
    ($condition:literal) => {
        concat!(
            "SELECT id, key_id, token, name, grantee, retiring, operations, constraints, issuer, ",
            "created FROM kms_grant WHERE ",
            $condition
        )
    };
}

/// The grant with an id, or with a token.
pub async fn get_in(txn: &mut Txn, id_or_token: &str) -> Result<Option<KmsGrant>, StoreError> {
    let row: Option<Row> = sqlx::query_as(grants!("id = ?1 OR token = ?1"))
        .bind(id_or_token)
        .fetch_optional(txn.connection())
        .await?;
    row.map(from_row).transpose()
}

/// The grants of a key that somebody by one of these names was given.
pub async fn of_grantee(
    store: &Store,
    key_id: &str,
    grantees: &[&str],
) -> Result<Vec<KmsGrant>, StoreError> {
    let mut reader = store.reader().await?;
    let mut found = Vec::new();
    for grantee in grantees {
        found.extend(given(&mut reader, key_id, grantee).await?);
    }
    Ok(found)
}

async fn given(
    connection: &mut SqliteConnection,
    key_id: &str,
    grantee: &str,
) -> Result<Vec<KmsGrant>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(grants!("key_id = ? AND grantee = ?"))
        .bind(key_id)
        .bind(grantee)
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// A key's grants by id, after one of them.
pub async fn list(
    store: &Store,
    key_id: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<KmsGrant>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(grants!("key_id = ? AND id > ? ORDER BY id LIMIT ?"))
        .bind(key_id)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// The grants that a principal may retire, by id, after one of them.
pub async fn retirable(
    store: &Store,
    principal: &str,
    after: &str,
    limit: u32,
) -> Result<Vec<KmsGrant>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(grants!("retiring = ? AND id > ? ORDER BY id LIMIT ?"))
        .bind(principal)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

pub async fn delete(txn: &mut Txn, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM kms_grant WHERE id = ?").bind(id).execute(txn.connection()).await?;
    Ok(())
}

type Row = (
    String,
    String,
    String,
    Option<String>,
    String,
    Option<String>,
    String,
    Option<String>,
    i64,
    i64,
);

fn from_row(row: Row) -> Result<KmsGrant, StoreError> {
    let (id, key_id, token, name, grantee, retiring, operations, constraints, issuer, created) =
        row;
    let issuer = account::id_from(issuer)?;
    let created = Timestamp::from_millis(created);
    Ok(KmsGrant {
        id,
        key_id,
        token,
        name,
        grantee,
        retiring,
        operations,
        constraints,
        issuer,
        created,
    })
}
