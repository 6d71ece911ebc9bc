//! The material of KMS keys: what encrypts, sealed under the master key. A rotation adds a new one;
//! the old ones stay for what they have encrypted.

use cairn_core::Timestamp;
use sqlx::SqliteConnection;
use zeroize::Zeroizing;

use crate::keyring::Purpose;
use crate::{Keyring, Store, StoreError, Txn};

/// Bytes of one material, and of its id.
pub const MATERIAL_BYTES: usize = 32;

/// Why there is a material.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Created,
    Automatic,
    OnDemand,
}

/// A material without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsMaterial {
    /// 1 for the first of a key.
    pub number: u32,
    /// 64 digits of hexadecimal.
    pub id: String,
    pub cause: Cause,
    pub created: Timestamp,
}

/// The bytes of a material. Wiped when dropped.
pub type MaterialBytes = Zeroizing<[u8; MATERIAL_BYTES]>;

/// Gives a key new material, which it encrypts with from now on. Gives the material's id.
pub async fn add(txn: &mut Txn, key_id: &str, cause: Cause) -> Result<String, StoreError> {
    let mut bytes = MaterialBytes::default();
    txn.entropy().fill(&mut *bytes);
    let mut name = [0u8; MATERIAL_BYTES];
    txn.entropy().fill(&mut name);
    let id = hex::encode(name);
    let sealed =
        txn.keyring().seal(Purpose::KmsMaterial, &about(key_id, &id), &*bytes, txn.entropy());
    let now = txn.now();
    let insert = "INSERT INTO kms_material (key_id, number, id, sealed, cause, created) \
                  SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5 \
                  FROM kms_material WHERE key_id = ?1";
    sqlx::query(insert)
        .bind(key_id)
        .bind(&id)
        .bind(sealed)
        .bind(cause as i64)
        .bind(now.millis())
        .execute(txn.connection())
        .await?;
    Ok(id)
}

/// The bytes of one material of a key; `None` where the key has no such material.
pub async fn open(
    store: &Store,
    key_id: &str,
    id: &str,
) -> Result<Option<MaterialBytes>, StoreError> {
    let sealed = "SELECT sealed FROM kms_material WHERE key_id = ? AND id = ?";
    let sealed: Option<Vec<u8>> = sqlx::query_scalar(sealed)
        .bind(key_id)
        .bind(id)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    sealed.map(|sealed| unseal(store.keyring(), key_id, id, &sealed)).transpose()
}

/// All materials of a key, the oldest first, after one of them; 0 is before the first.
pub async fn list(
    store: &Store,
    key_id: &str,
    after: u32,
    limit: u32,
) -> Result<Vec<KmsMaterial>, StoreError> {
    let rows = "SELECT number, id, cause, created FROM kms_material \
                WHERE key_id = ? AND number > ? ORDER BY number LIMIT ?";
    let rows: Vec<(u32, String, i64, i64)> = sqlx::query_as(rows)
        .bind(key_id)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// How often a key was rotated on demand.
pub async fn on_demand(txn: &mut Txn, key_id: &str) -> Result<usize, StoreError> {
    count(txn.connection(), key_id, Cause::OnDemand).await
}

async fn count(
    connection: &mut SqliteConnection,
    key_id: &str,
    cause: Cause,
) -> Result<usize, StoreError> {
    let count = "SELECT count(*) FROM kms_material WHERE key_id = ? AND cause = ?";
    let count: i64 =
        sqlx::query_scalar(count).bind(key_id).bind(cause as i64).fetch_one(connection).await?;
    Ok(count as usize)
}

fn unseal(
    keyring: &Keyring,
    key_id: &str,
    id: &str,
    sealed: &[u8],
) -> Result<MaterialBytes, StoreError> {
    let broken =
        || StoreError::corrupt(format!("a material of the KMS key {key_id} does not open"));
    let plain = keyring.open_sealed(Purpose::KmsMaterial, &about(key_id, id), sealed);
    let plain = plain.ok_or_else(broken)?;
    let mut bytes = MaterialBytes::default();
    if plain.len() != MATERIAL_BYTES {
        return Err(broken());
    }
    bytes.copy_from_slice(&plain);
    Ok(bytes)
}

/// What a material is sealed for.
fn about(key_id: &str, id: &str) -> String {
    format!("{key_id}/{id}")
}

fn from_row(row: (u32, String, i64, i64)) -> Result<KmsMaterial, StoreError> {
    let (number, id, cause, created) = row;
    let cause = match cause {
        0 => Cause::Created,
        1 => Cause::Automatic,
        2 => Cause::OnDemand,
        other => return Err(StoreError::corrupt(format!("a KMS material has cause {other}"))),
    };
    Ok(KmsMaterial { number, id, cause, created: Timestamp::from_millis(created) })
}
