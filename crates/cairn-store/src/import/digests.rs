//! Digests that lie beside log files, and what they say that there is.

use cairn_core::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::work::touch;
use super::{DigestState, Import};
use crate::{Store, StoreError, Txn};

/// What was found out about a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportDigest {
    pub key: String,
    pub state: DigestState,
    /// Its period; `None` of one that was not read.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Of its text.
    pub sha256: Option<[u8; 32]>,
    /// From the object's metadata, in hexadecimal.
    pub signature: Option<String>,
    /// `None` at the start of a chain.
    pub previous: Option<PreviousDigest>,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousDigest {
    pub key: String,
    /// Whether it was written to the same bucket.
    pub here: bool,
    pub sha256: [u8; 32],
    pub signature: String,
}

/// A log file, as a digest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    pub key: String,
    /// Of its text.
    pub sha256: [u8; 32],
    /// Whether the signature of the digest was checked.
    pub signed: bool,
}

/// Digests that were listed and not read, in the order that they were met.
pub async fn unread(store: &Store, number: i64, limit: usize) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT key FROM import_digest WHERE import = ? AND state = 0 \
                ORDER BY number LIMIT ?";
    Ok(sqlx::query_scalar(rows)
        .bind(number)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?)
}

/// Keeps what a digest says: `files` with the folder of each. False where the run is over.
pub async fn put_digest(
    txn: &mut Txn,
    import: &Import,
    digest: &ImportDigest,
    files: &[(String, ListedFile)],
) -> Result<bool, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(false);
    }
    let previous = digest.previous.as_ref();
    let update = "UPDATE import_digest SET state = ?, start_time = ?, end_time = ?, sha256 = ?, \
                  signature = ?, previous_key = ?, previous_here = ?, previous_sha256 = ?, \
                  previous_signature = ? \
                  WHERE import = ? AND key = ? RETURNING number";
    let number: i64 = sqlx::query_scalar(update)
        .bind(digest.state as i64)
        .bind(digest.period.map(|(start, _)| start.millis()))
        .bind(digest.period.map(|(_, end)| end.millis()))
        .bind(digest.sha256.as_ref().map(|sha256| &sha256[..]))
        .bind(&digest.signature)
        .bind(previous.map(|previous| &previous.key))
        .bind(previous.map(|previous| previous.here))
        .bind(previous.map(|previous| &previous.sha256[..]))
        .bind(previous.map(|previous| &previous.signature))
        .bind(import.number)
        .bind(&digest.key)
        .fetch_one(txn.connection())
        .await?;
    for (folder, file) in files {
        // Its files were brought while nobody vouched for them: they are looked at again.
        let waits = "INSERT INTO import_prefix (import, prefix) VALUES (?, ?) \
                     ON CONFLICT (import, prefix) DO UPDATE SET state = 0 WHERE state = 1";
        sqlx::query(waits).bind(import.number).bind(folder).execute(txn.connection()).await?;
        // Of two that name a file, the one whose signature was checked is believed.
        let insert = "INSERT INTO import_listed (import, key, sha256, digest) \
                      VALUES (?1, ?2, ?3, ?4) ON CONFLICT (import, key) DO UPDATE \
                      SET sha256 = excluded.sha256, digest = excluded.digest WHERE ?5";
        sqlx::query(insert)
            .bind(import.number)
            .bind(&file.key)
            .bind(&file.sha256[..])
            .bind(number)
            .bind(file.signed)
            .execute(txn.connection())
            .await?;
    }
    Ok(true)
}

/// Where the digests of an import lie: `…/CloudTrail-Digest/REGION/`, each once.
pub async fn folders_of_digests(store: &Store, number: i64) -> Result<Vec<String>, StoreError> {
    // Trimmed of everything that is no slash, a key ends with that of its day's folder.
    let rows = "SELECT DISTINCT rtrim(key, replace(key, '/', '')) FROM import_digest \
                WHERE import = ?";
    let days: Vec<String> =
        sqlx::query_scalar(rows).bind(number).fetch_all(&mut *store.reader().await?).await?;
    let region = |day: &String| {
        let end = day.len().checked_sub("YYYY/MM/DD/".len())?;
        Some(day.get(..end)?.to_owned())
    };
    let mut folders: Vec<String> = days.iter().filter_map(region).collect();
    folders.sort_unstable();
    folders.dedup();
    Ok(folders)
}

/// All digests under a folder, in the order of their keys.
pub async fn digests(
    store: &Store,
    number: i64,
    folder: &str,
) -> Result<Vec<ImportDigest>, StoreError> {
    let rows = "SELECT key, state, start_time, end_time, sha256, signature, previous_key, \
                previous_here, previous_sha256, previous_signature FROM import_digest \
                WHERE import = ? AND key >= ? AND key < ? ORDER BY key";
    let rows = sqlx::query(rows)
        .bind(number)
        .bind(folder)
        .bind(behind(folder))
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// A digest is not believed any more, nor what it says.
pub async fn disbelieve(txn: &mut Txn, import: &Import, key: &str) -> Result<bool, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(false);
    }
    let delete = "DELETE FROM import_listed WHERE digest IN \
                  (SELECT number FROM import_digest WHERE import = ? AND key = ?)";
    sqlx::query(delete).bind(import.number).bind(key).execute(txn.connection()).await?;
    sqlx::query("UPDATE import_digest SET state = 3 WHERE import = ? AND key = ?")
        .bind(import.number)
        .bind(key)
        .execute(txn.connection())
        .await?;
    Ok(true)
}

/// What digests say of the files of one folder.
pub async fn listed_under(
    store: &Store,
    number: i64,
    folder: &str,
) -> Result<Vec<ListedFile>, StoreError> {
    let rows = "SELECT listed.key, listed.sha256, digest.state FROM import_listed AS listed \
                JOIN import_digest AS digest ON digest.number = listed.digest \
                WHERE listed.import = ? AND listed.key >= ? AND listed.key < ? \
                ORDER BY listed.key";
    let rows: Vec<(String, Vec<u8>, i64)> = sqlx::query_as(rows)
        .bind(number)
        .bind(folder)
        .bind(behind(folder))
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let own = |key: &str| !key[folder.len()..].contains('/');
    let rows = rows.into_iter().filter(|(key, _, _)| own(key));
    rows.map(|(key, sha256, state)| {
        let sha256 = sha256.try_into().map_err(|_| broken(&key))?;
        let signed = state == DigestState::Signed as i64;
        Ok(ListedFile { key, sha256, signed })
    })
    .collect()
}

/// What is behind every key that begins with `folder`.
pub(super) fn behind(folder: &str) -> String {
    match folder.strip_suffix('/') {
        // The character after the slash.
        Some(folder) => format!("{folder}0"),
        None => format!("{folder}\u{10ffff}"),
    }
}

fn broken(key: &str) -> StoreError {
    StoreError::corrupt(format!("what is known of the digests of an import: {key}"))
}

fn from_row(row: &SqliteRow) -> Result<ImportDigest, StoreError> {
    let key: String = row.try_get("key")?;
    let hash = |name: &str| {
        let bytes: Option<Vec<u8>> = row.try_get(name)?;
        let hash = bytes.map(|bytes| <[u8; 32]>::try_from(bytes).map_err(|_| broken(&key)));
        hash.transpose()
    };
    let previous_key: Option<String> = row.try_get("previous_key")?;
    let previous = match previous_key {
        None => None,
        Some(key) => Some(PreviousDigest {
            key,
            here: row.try_get("previous_here")?,
            sha256: hash("previous_sha256")?.unwrap_or_default(),
            signature: row.try_get::<Option<String>, _>("previous_signature")?.unwrap_or_default(),
        }),
    };
    let start: Option<i64> = row.try_get("start_time")?;
    let period = start.zip(row.try_get("end_time")?);
    Ok(ImportDigest {
        state: DigestState::from_number(row.try_get("state")?).ok_or_else(|| broken(&key))?,
        period: period
            .map(|(start, end)| (Timestamp::from_millis(start), Timestamp::from_millis(end))),
        sha256: hash("sha256")?,
        signature: row.try_get("signature")?,
        previous,
        key,
    })
}
