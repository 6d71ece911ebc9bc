//! How far the work of an import is.
//!
//! Every change asks first whether the run that makes it is still the one: a stop or a retry in
//! between makes it come to nothing.

use std::collections::{BTreeMap, HashSet};

use super::digests::behind;
use super::{COLUMNS, FailureStatus, Import, Stage, Status, from_row};
use crate::{Store, StoreError, Txn};

/// What one page of a listing has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Folders, and how many log files of each.
    pub folders: BTreeMap<String, u64>,
    pub digests: Vec<String>,
    /// The last key of the page; the next page follows it.
    pub after: Option<String>,
}

/// A folder that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// With a slash at its end, but for the files of no folder.
    pub prefix: String,
    /// Log files that were listed.
    pub found: u64,
}

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
}

/// A file whose events are in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDone {
    /// What follows the folder.
    pub name: String,
    pub size: u64,
    pub etag: String,
    pub events: u64,
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

/// All that run, the oldest first.
pub async fn running(store: &Store) -> Result<Vec<Import>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM import WHERE status IN ('INITIALIZING', 'IN_PROGRESS') \
         ORDER BY number"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows));
    let rows = rows.fetch_all(&mut *store.reader().await?).await?;
    rows.iter().map(from_row).collect()
}

/// Takes what a page of the listing has; false where the run is over.
pub async fn page(txn: &mut Txn, import: &Import, page: &Page) -> Result<bool, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(false);
    }
    for (prefix, found) in &page.folders {
        let upsert = "INSERT INTO import_prefix (import, prefix, found) VALUES (?, ?, ?) \
                      ON CONFLICT (import, prefix) DO UPDATE SET found = found + excluded.found";
        sqlx::query(upsert)
            .bind(import.number)
            .bind(prefix)
            .bind(*found as i64)
            .execute(txn.connection())
            .await?;
    }
    for key in &page.digests {
        let insert = "INSERT OR IGNORE INTO import_digest (import, key, state) VALUES (?, ?, 0)";
        sqlx::query(insert).bind(import.number).bind(key).execute(txn.connection()).await?;
    }
    sqlx::query("UPDATE import SET after = ? WHERE number = ?")
        .bind(&page.after)
        .bind(import.number)
        .execute(txn.connection())
        .await?;
    Ok(true)
}

/// Goes on to a stage; false where the run is over.
pub async fn advance(txn: &mut Txn, import: &Import, stage: Stage) -> Result<bool, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(false);
    }
    let status = if stage < Stage::Bringing { Status::Initializing } else { Status::InProgress };
    sqlx::query("UPDATE import SET stage = ?, status = ?, after = NULL WHERE number = ?")
        .bind(stage as i64)
        .bind(status.as_str())
        .bind(import.number)
        .execute(txn.connection())
        .await?;
    Ok(true)
}

/// The next folders that wait, in the order of their names.
pub async fn folders(store: &Store, number: i64, limit: usize) -> Result<Vec<Folder>, StoreError> {
    let rows = "SELECT prefix, found FROM import_prefix WHERE import = ? AND state = 0 \
                ORDER BY prefix LIMIT ?";
    let rows: Vec<(String, i64)> = sqlx::query_as(rows)
        .bind(number)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let folder = |(prefix, found): (String, i64)| Folder { prefix, found: found as u64 };
    Ok(rows.into_iter().map(folder).collect())
}

/// The names of a folder's files whose events are in the table.
pub async fn brought(
    store: &Store,
    number: i64,
    prefix: &str,
) -> Result<HashSet<String>, StoreError> {
    let rows = "SELECT name FROM import_file WHERE import = ? AND prefix = ?";
    let names: Vec<String> = sqlx::query_scalar(rows)
        .bind(number)
        .bind(prefix)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    Ok(names.into_iter().collect())
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
                      (import, prefix, name, size, etag, events) VALUES (?, ?, ?, ?, ?, ?)";
        let done = sqlx::query(insert)
            .bind(note.import)
            .bind(&note.prefix)
            .bind(&file.name)
            .bind(file.size as i64)
            .bind(&file.etag)
            .bind(file.events as i64)
            .execute(txn.connection())
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
    }
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
                      updated = excluded.updated";
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

/// A folder is at its end. Without failures nothing more is kept of its files.
pub async fn finish_folder(
    txn: &mut Txn,
    import: &Import,
    prefix: &str,
    failed: bool,
) -> Result<bool, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(false);
    }
    sqlx::query("UPDATE import_prefix SET state = ? WHERE import = ? AND prefix = ?")
        .bind(if failed { 2 } else { 1 })
        .bind(import.number)
        .bind(prefix)
        .execute(txn.connection())
        .await?;
    if failed {
        return Ok(true);
    }
    sqlx::query("DELETE FROM import_file WHERE import = ? AND prefix = ?")
        .bind(import.number)
        .bind(prefix)
        .execute(txn.connection())
        .await?;
    let delete = "DELETE FROM import_listed WHERE import = ? AND key >= ? AND key < ? \
                  AND instr(substr(key, ?), '/') = 0";
    sqlx::query(delete)
        .bind(import.number)
        .bind(prefix)
        .bind(behind(prefix))
        .bind(prefix.chars().count() as i64 + 1)
        .execute(txn.connection())
        .await?;
    Ok(true)
}

/// The whole import is at its end: completed, or failed if there is a failure. One that did not
/// come to everything is not `whole`.
///
/// `None` where the run is over.
pub async fn end(
    txn: &mut Txn,
    import: &Import,
    whole: bool,
) -> Result<Option<Status>, StoreError> {
    if !touch(txn, import.number, import.run).await? {
        return Ok(None);
    }
    let now = txn.now().millis();
    // What a retry did not meet again is well, if it came to everything.
    let settled = if whole { FailureStatus::Succeeded } else { FailureStatus::Failed };
    let mended = "UPDATE import_failure SET status = ?, updated = ? \
                  WHERE import = ? AND status = 'RETRY'";
    sqlx::query(mended)
        .bind(settled.as_str())
        .bind(now)
        .bind(import.number)
        .execute(txn.connection())
        .await?;
    let failures = "SELECT count(*) FROM import_failure WHERE import = ? AND status = 'FAILED'";
    let failures: i64 =
        sqlx::query_scalar(failures).bind(import.number).fetch_one(txn.connection()).await?;
    let status = if failures > 0 { Status::Failed } else { Status::Completed };
    sqlx::query("UPDATE import SET status = ? WHERE number = ?")
        .bind(status.as_str())
        .bind(import.number)
        .execute(txn.connection())
        .await?;
    if status == Status::Completed {
        // It is not tried again: what only the work needs goes.
        let steps = [
            "DELETE FROM import_listed WHERE import = ?",
            "DELETE FROM import_file WHERE import = ?",
            "UPDATE import_digest SET signature = NULL, previous_signature = NULL, sha256 = NULL, \
             previous_sha256 = NULL WHERE import = ?",
        ];
        for step in steps {
            sqlx::query(step).bind(import.number).execute(txn.connection()).await?;
        }
    }
    Ok(Some(status))
}

/// Whether the run is the one that goes on; it is noted that it did.
pub(super) async fn touch(txn: &mut Txn, number: i64, run: u32) -> Result<bool, StoreError> {
    let now = txn.now().millis();
    let update = "UPDATE import SET updated = ? WHERE number = ? AND run = ? \
                  AND status IN ('INITIALIZING', 'IN_PROGRESS')";
    let touched =
        sqlx::query(update).bind(now).bind(number).bind(run).execute(txn.connection()).await?;
    Ok(touched.rows_affected() == 1)
}
