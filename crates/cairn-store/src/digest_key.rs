//! Keys that digests are signed with. The private key is sealed; it is opened to sign only.

use cairn_core::{Region, Timestamp};
use zeroize::Zeroizing;

use crate::keyring::Purpose;
use crate::{Store, StoreError, Txn};

/// The public half of a key, and when it signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestKey {
    /// MD5 of `public`, in hex.
    pub fingerprint: String,
    pub region: Region,
    /// RSAPublicKey of PKCS #1, DER.
    pub public: Vec<u8>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// A key that signs.
#[derive(Debug)]
pub struct SigningKey {
    pub key: DigestKey,
    /// PKCS #8, DER.
    pub private: Zeroizing<Vec<u8>>,
}

/// Keeps a key; `private` is PKCS #8, DER.
pub async fn put(txn: &mut Txn, key: &DigestKey, private: &[u8]) -> Result<(), StoreError> {
    let sealed = txn.keyring().seal(Purpose::DigestKey, &key.fingerprint, private, txn.entropy());
    let insert = "INSERT INTO digest_key \
                  (fingerprint, region, private_key, public_key, not_before, not_after) \
                  VALUES (?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&key.fingerprint)
        .bind(key.region.as_str())
        .bind(sealed)
        .bind(&key.public)
        .bind(key.not_before.millis())
        .bind(key.not_after.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// A Region's keys that were valid at some time from `start` to `end`, both included, oldest
/// first.
pub async fn overlapping(
    store: &Store,
    region: &Region,
    start: Timestamp,
    end: Timestamp,
) -> Result<Vec<DigestKey>, StoreError> {
    let rows = "SELECT fingerprint, public_key, not_before, not_after FROM digest_key \
                WHERE region = ? AND not_before <= ? AND not_after >= ? \
                ORDER BY not_before, fingerprint";
    let rows: Vec<(String, Vec<u8>, i64, i64)> = sqlx::query_as(rows)
        .bind(region.as_str())
        .bind(end.millis())
        .bind(start.millis())
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let keys = rows.into_iter().map(|(fingerprint, public, not_before, not_after)| DigestKey {
        fingerprint,
        region: region.clone(),
        public,
        not_before: Timestamp::from_millis(not_before),
        not_after: Timestamp::from_millis(not_after),
    });
    Ok(keys.collect())
}

/// The Region's key that is valid from the latest time on, opened to sign; `None` before the first.
pub async fn newest(store: &Store, region: &Region) -> Result<Option<SigningKey>, StoreError> {
    let row = "SELECT fingerprint, private_key, public_key, not_before, not_after \
               FROM digest_key WHERE region = ? ORDER BY not_before DESC, fingerprint DESC LIMIT 1";
    let row: Option<NewestRow> = sqlx::query_as(row)
        .bind(region.as_str())
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    let Some((fingerprint, sealed, public, not_before, not_after)) = row else { return Ok(None) };
    let opened = store.keyring().open_sealed(Purpose::DigestKey, &fingerprint, &sealed);
    let private = opened.ok_or_else(|| {
        StoreError::corrupt(format!("the digest key {fingerprint} does not open"))
    })?;
    let key = DigestKey {
        fingerprint,
        region: region.clone(),
        public,
        not_before: Timestamp::from_millis(not_before),
        not_after: Timestamp::from_millis(not_after),
    };
    Ok(Some(SigningKey { key, private }))
}

type NewestRow = (String, Vec<u8>, Vec<u8>, i64, i64);
