//! The key that notices are signed with.

use zeroize::Zeroizing;

use crate::keyring::Purpose;
use crate::{Store, StoreError, Txn};

const NAME: &str = "notice-key";

#[derive(Debug, Clone)]
pub struct NoticeKey {
    /// PKCS #8.
    pub private: Zeroizing<Vec<u8>>,
    /// X.509, DER.
    pub certificate: Vec<u8>,
}

pub async fn get(store: &Store) -> Result<Option<NoticeKey>, StoreError> {
    let row: Option<(Vec<u8>, Vec<u8>)> =
        sqlx::query_as("SELECT private, certificate FROM notice_key WHERE id = 1")
            .fetch_optional(&mut *store.reader().await?)
            .await?;
    let Some((sealed, certificate)) = row else {
        return Ok(None);
    };
    let private = store
        .keyring()
        .open_sealed(Purpose::NoticeKey, NAME, &sealed)
        .ok_or_else(|| StoreError::corrupt("its key for notices does not open"))?;
    Ok(Some(NoticeKey { private, certificate }))
}

/// Stored once: whoever comes second keeps the first one's.
pub async fn put(txn: &mut Txn, key: &NoticeKey) -> Result<(), StoreError> {
    let sealed = txn.keyring().seal(Purpose::NoticeKey, NAME, &key.private, txn.entropy());
    sqlx::query("INSERT INTO notice_key VALUES (1, ?, ?) ON CONFLICT DO NOTHING")
        .bind(sealed)
        .bind(&key.certificate)
        .execute(txn.connection())
        .await?;
    Ok(())
}
