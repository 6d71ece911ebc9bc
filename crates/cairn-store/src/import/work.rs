//! How far the work of an import is.
//!
//! Every change asks first whether the run that makes it is still the one: a stop or a retry in
//! between makes it come to nothing.

use std::collections::BTreeMap;

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

/// A folder is at its end. Without failures nothing more is kept of what digests say of its files;
/// the files themselves are known until the import is completed: a digest that turns up later may
/// have to be compared with them.
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
        // It is not tried again: what only the work needs goes, its files by [`sweep`].
        let steps = [
            "DELETE FROM import_listed WHERE import = ?",
            "UPDATE import_digest SET signature = NULL, previous_signature = NULL, sha256 = NULL, \
             previous_sha256 = NULL WHERE import = ?",
        ];
        for step in steps {
            sqlx::query(step).bind(import.number).execute(txn.connection()).await?;
        }
    }
    Ok(Some(status))
}

/// Forgets the files of a folder of an import that is completed; false where there are none.
///
/// An import may have millions: they go folder by folder, so that nobody waits for long.
pub async fn sweep(txn: &mut Txn) -> Result<bool, StoreError> {
    let row = "SELECT number, (SELECT prefix FROM import_file WHERE import = number LIMIT 1) \
               AS folder FROM import WHERE status = 'COMPLETED' AND folder IS NOT NULL LIMIT 1";
    let row: Option<(i64, String)> = sqlx::query_as(row).fetch_optional(txn.connection()).await?;
    let Some((number, prefix)) = row else { return Ok(false) };
    sqlx::query("DELETE FROM import_file WHERE import = ? AND prefix = ?")
        .bind(number)
        .bind(prefix)
        .execute(txn.connection())
        .await?;
    Ok(true)
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
