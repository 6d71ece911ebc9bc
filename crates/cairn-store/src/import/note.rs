//! What files came to, and what was wrong.

use std::collections::HashMap;

use super::work::touch;
use super::{FailureStatus, Import, Verdict};
use crate::{Store, StoreError, Txn};

/// What some files of one folder came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Note {
    /// [`Import::number`] and [`Import::run`].
    pub import: i64,
    pub run: u32,
    pub prefix: String,
    pub files: Vec<FileDone>,
    pub counts: Counts,
    pub faults: Vec<Fault>,
    /// Locations of faults that are none any more.
    pub mended: Vec<String>,
    /// Names of files that were brought before, and what digests have said of them since.
    pub judged: Vec<(String, Verdict)>,
}

/// A file whose events are in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDone {
    /// What follows the folder.
    pub name: String,
    pub size: u64,
    pub etag: String,
    pub events: u64,
    pub verdict: Verdict,
}

/// Sums over files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub files: u64,
    pub events: u64,
    /// Files with the hash that a digest with a checked signature has for them.
    pub proven: u64,
    /// The same where the key of the digest is not known.
    pub matched: u64,
    /// Files that no digest names although digests cover their time.
    pub unlisted: u64,
    /// Events that are older than the store keeps.
    pub expired: u64,
    /// Events of categories that the store does not have.
    pub other: u64,
    /// Text.
    pub bytes: u64,
}

/// An entry for the list of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `s3://BUCKET/KEY`.
    pub location: String,
    pub error_type: String,
    pub message: String,
    /// [`FailureStatus::Succeeded`] for what is worth a word and is no failure.
    pub status: FailureStatus,
    /// Whether a retry would not look at it again.
    pub last: bool,
}

/// The names of a folder's files whose events are in the table, with what digests said of them.
pub async fn brought(
    store: &Store,
    number: i64,
    prefix: &str,
) -> Result<HashMap<String, Verdict>, StoreError> {
    let rows = "SELECT name, verdict FROM import_file WHERE import = ? AND prefix = ?";
    let rows: Vec<(String, i64)> = sqlx::query_as(rows)
        .bind(number)
        .bind(prefix)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let file = |(name, verdict): (String, i64)| match Verdict::from_number(verdict) {
        Some(verdict) => Ok((name, verdict)),
        None => Err(StoreError::corrupt(format!("what is known of the file {prefix}{name}"))),
    };
    rows.into_iter().map(file).collect()
}

/// Notes what files came to, in the transaction that makes their events visible.
///
/// False where the run is over, or where a file was brought already: the caller then commits
/// nothing.
pub async fn note(txn: &mut Txn, note: &Note) -> Result<bool, StoreError> {
    if !touch(txn, note.import, note.run).await? {
        return Ok(false);
    }
    for file in &note.files {
        let insert = "INSERT OR IGNORE INTO import_file \
                      (import, prefix, name, size, etag, events, verdict) \
                      VALUES (?, ?, ?, ?, ?, ?, ?)";
        let done = sqlx::query(insert)
            .bind(note.import)
            .bind(&note.prefix)
            .bind(&file.name)
            .bind(file.size as i64)
            .bind(&file.etag)
            .bind(file.events as i64)
            .bind(file.verdict as i64)
            .execute(txn.connection())
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
    }
    judge(txn, note).await?;
    add(txn, note).await?;
    complain(txn, note.import, &note.faults).await?;
    for location in &note.mended {
        let update = "UPDATE import_failure SET status = 'SUCCEEDED', updated = ? \
                      WHERE import = ? AND location = ? AND final = 0";
        let now = txn.now().millis();
        sqlx::query(update)
            .bind(now)
            .bind(note.import)
            .bind(location)
            .execute(txn.connection())
            .await?;
    }
    Ok(true)
}

async fn judge(txn: &mut Txn, note: &Note) -> Result<(), StoreError> {
    for (name, verdict) in &note.judged {
        let update = "UPDATE import_file SET verdict = ? \
                      WHERE import = ? AND prefix = ? AND name = ?";
        sqlx::query(update)
            .bind(*verdict as i64)
            .bind(note.import)
            .bind(&note.prefix)
            .bind(name)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}

async fn add(txn: &mut Txn, note: &Note) -> Result<(), StoreError> {
    let counts = &note.counts;
    let update = "UPDATE import_prefix SET files = files + ?, events = events + ?, \
                  proven = proven + ?, matched = matched + ?, unlisted = unlisted + ?, \
                  expired = expired + ?, other = other + ?, bytes = bytes + ? \
                  WHERE import = ? AND prefix = ?";
    sqlx::query(update)
        .bind(counts.files as i64)
        .bind(counts.events as i64)
        .bind(counts.proven as i64)
        .bind(counts.matched as i64)
        .bind(counts.unlisted as i64)
        .bind(counts.expired as i64)
        .bind(counts.other as i64)
        .bind(counts.bytes as i64)
        .bind(note.import)
        .bind(&note.prefix)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Notes faults of digests or of listings; false where the run is over.
pub async fn settle(txn: &mut Txn, import: &Import, faults: &[Fault]) -> Result<bool, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(false);
    }
    complain(txn, import.number, faults).await?;
    Ok(true)
}

async fn complain(txn: &mut Txn, import: i64, faults: &[Fault]) -> Result<(), StoreError> {
    let now = txn.now().millis();
    for fault in faults {
        let upsert = "INSERT INTO import_failure \
                      (import, location, status, error_type, message, final, updated) \
                      VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (import, location) DO UPDATE SET \
                      status = excluded.status, error_type = excluded.error_type, \
                      message = excluded.message, final = excluded.final, \
                      updated = excluded.updated WHERE import_failure.final = 0";
        sqlx::query(upsert)
            .bind(import)
            .bind(&fault.location)
            .bind(fault.status.as_str())
            .bind(&fault.error_type)
            .bind(&fault.message)
            .bind(fault.last)
            .bind(now)
            .execute(txn.connection())
            .await?;
    }
    Ok(())
}
