//! Imports: log files of a bucket that are brought into an event data store.
//!
//! Everything that the work needs to go on is here, so it goes on after a restart where it was: the
//! last key that was listed, the folders and what was brought of each, the digests and what they
//! say. What a file brings commits with the table's own change, through [`note`].

mod digests;
mod figures;
mod kind;
mod note;
#[cfg(test)]
mod tests;
mod work;

use cairn_core::{AccountId, Region, Timestamp, event_id};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

pub use self::digests::{
    ImportDigest, ListedFile, PreviousDigest, digests, disbelieve, folders_of_digests,
    listed_under, put_digest, unread,
};
pub use self::figures::{Failure, Figures, Statistics, failures, figures, statistics};
pub use self::kind::{DigestState, FailureStatus, Stage, Status, Verdict};
pub use self::note::{Counts, Fault, FileDone, Note, brought, note, settle};
pub use self::work::{Folder, Page, advance, end, finish_folder, folders, page, running, sweep};
use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, account};

/// One import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The order of starts; what other tables know it by.
    pub number: i64,
    /// A UUID.
    pub id: String,
    pub account: AccountId,
    /// Where it was started.
    pub region: Region,
    /// The id of the event data store that events go to.
    pub store: String,
    pub store_arn: String,
    pub source: ImportOrigin,
    /// Only files whose names have a date that is not before, or not after.
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    pub status: Status,
    pub stage: Stage,
    /// The last key that was listed.
    pub after: Option<String>,
    /// Counts starts and retries.
    pub run: u32,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// Where log files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOrigin {
    /// As it was given.
    pub uri: String,
    pub bucket: String,
    /// What keys begin with; may be empty.
    pub prefix: String,
    pub region: String,
    pub role: String,
}

/// What an import is made of.
#[derive(Debug, Clone)]
pub struct NewImport<'a> {
    pub region: &'a Region,
    pub store: &'a str,
    pub store_arn: &'a str,
    pub source: ImportOrigin,
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

/// Which imports are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct ImportFilter<'a> {
    /// Where they were started.
    pub region: Option<&'a Region>,
    /// The id of the store.
    pub store: Option<&'a str>,
    pub status: Option<Status>,
    /// Only those that were started before this one.
    pub before: Option<i64>,
}

const COLUMNS: &str = "number, id, account, region, store, store_arn, uri, bucket, prefix, \
                       bucket_region, role, start_time, end_time, status, stage, after, run, \
                       created, updated";

/// # Errors
/// `AlreadyExists` while another import of the account runs.
pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    new: NewImport<'_>,
) -> Result<Import, StoreError> {
    let (id, now) = (event_id(txn.entropy()), txn.now());
    let insert = "INSERT INTO import (id, account, region, store, store_arn, uri, bucket, prefix, \
                  bucket_region, role, start_time, end_time, status, stage, run, created, updated) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)";
    sqlx::query(insert)
        .bind(&id)
        .bind(account.as_u64() as i64)
        .bind(new.region.as_str())
        .bind(new.store)
        .bind(new.store_arn)
        .bind(&new.source.uri)
        .bind(&new.source.bucket)
        .bind(&new.source.prefix)
        .bind(&new.source.region)
        .bind(&new.source.role)
        .bind(new.start.map(Timestamp::millis))
        .bind(new.end.map(Timestamp::millis))
        .bind(Status::Initializing.as_str())
        .bind(Stage::Listing as i64)
        .bind(now.millis())
        .bind(now.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::Import, &id, missing)
        })?;
    find(txn.connection(), account, &id).await
}

pub async fn get(store: &Store, account: AccountId, id: &str) -> Result<Import, StoreError> {
    find(&mut *store.reader().await?, account, id).await
}

/// As the change that it is asked for finds it.
pub async fn get_for_change(
    txn: &mut Txn,
    account: AccountId,
    id: &str,
) -> Result<Import, StoreError> {
    find(txn.connection(), account, id).await
}

/// The newest first.
pub async fn list(
    store: &Store,
    account: AccountId,
    filter: ImportFilter<'_>,
    limit: usize,
) -> Result<Vec<Import>, StoreError> {
    let rows = format!(
        "SELECT {COLUMNS} FROM import WHERE account = ?1 AND (?2 IS NULL OR store = ?2) \
         AND (?3 IS NULL OR status = ?3) AND (?4 IS NULL OR number < ?4) \
         AND (?6 IS NULL OR region = ?6) ORDER BY number DESC LIMIT ?5"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(rows))
        .bind(account.as_u64() as i64)
        .bind(filter.store)
        .bind(filter.status.map(Status::as_str))
        .bind(filter.before)
        .bind(limit as i64)
        .bind(filter.region.map(Region::as_str))
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// The id of the import of an account that runs.
pub async fn ongoing(txn: &mut Txn, account: AccountId) -> Result<Option<String>, StoreError> {
    let row = "SELECT id FROM import WHERE account = ? \
               AND status IN ('INITIALIZING', 'IN_PROGRESS')";
    Ok(sqlx::query_scalar(row)
        .bind(account.as_u64() as i64)
        .fetch_optional(txn.connection())
        .await?)
}

/// Whether an import into a store runs.
pub async fn is_importing(txn: &mut Txn, store: &str) -> Result<bool, StoreError> {
    let row = "SELECT count(*) FROM import WHERE store = ? \
               AND status IN ('INITIALIZING', 'IN_PROGRESS')";
    let count: i64 = sqlx::query_scalar(row).bind(store).fetch_one(txn.connection()).await?;
    Ok(count > 0)
}

/// Ends an import where it is, and what it was to try again failed as before; one that has ended
/// stays as it is.
pub async fn stop(txn: &mut Txn, import: &mut Import) -> Result<(), StoreError> {
    if import.status.is_running() {
        (import.status, import.updated) = (Status::Stopped, txn.now());
        put_status(txn, import).await?;
        let failed = "UPDATE import_failure SET status = 'FAILED' \
                      WHERE import = ? AND status = 'RETRY'";
        sqlx::query(failed).bind(import.number).execute(txn.connection()).await?;
    }
    Ok(())
}

/// Starts an import again, from the beginning of its source: what was brought is passed over, and
/// what failed is looked at again.
pub async fn retry(txn: &mut Txn, import: &mut Import) -> Result<(), StoreError> {
    import.run += 1;
    (import.status, import.stage, import.after) = (Status::Initializing, Stage::Listing, None);
    import.updated = txn.now();
    put_status(txn, import).await?;
    let steps = [
        "UPDATE import_prefix SET found = 0, state = CASE state WHEN 2 THEN 0 ELSE state END \
         WHERE import = ?",
        "UPDATE import_failure SET status = 'RETRY' \
         WHERE import = ? AND status = 'FAILED' AND final = 0",
        "DELETE FROM import_listed WHERE digest IN \
         (SELECT number FROM import_digest WHERE import = ? AND state IN (0, 3))",
        "DELETE FROM import_digest WHERE import = ? AND state IN (0, 3)",
    ];
    for step in steps {
        sqlx::query(step).bind(import.number).execute(txn.connection()).await?;
    }
    Ok(())
}

async fn put_status(txn: &mut Txn, import: &Import) -> Result<(), StoreError> {
    let update = "UPDATE import SET status = ?, stage = ?, after = ?, run = ?, updated = ? \
                  WHERE number = ?";
    sqlx::query(update)
        .bind(import.status.as_str())
        .bind(import.stage as i64)
        .bind(&import.after)
        .bind(import.run)
        .bind(import.updated.millis())
        .bind(import.number)
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    id: &str,
) -> Result<Import, StoreError> {
    let row = format!("SELECT {COLUMNS} FROM import WHERE account = ? AND id = ?");
    let row = sqlx::query(sqlx::AssertSqlSafe(row))
        .bind(account.as_u64() as i64)
        .bind(id)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(StoreError::not_found(Entity::Import, id)),
    }
}

fn from_row(row: &SqliteRow) -> Result<Import, StoreError> {
    let time = |name: &str| row.try_get::<i64, _>(name).map(Timestamp::from_millis);
    let bound = |name: &str| {
        let millis: Option<i64> = row.try_get(name)?;
        Ok::<_, sqlx::Error>(millis.map(Timestamp::from_millis))
    };
    let id: String = row.try_get("id")?;
    let broken = |what: &str| StoreError::corrupt(format!("the {what} of the import {id}"));
    let region: String = row.try_get("region")?;
    let status: String = row.try_get("status")?;
    Ok(Import {
        number: row.try_get("number")?,
        account: account::id_from(row.try_get("account")?)?,
        region: region.parse().map_err(|_| broken("Region"))?,
        store: row.try_get("store")?,
        store_arn: row.try_get("store_arn")?,
        source: ImportOrigin {
            uri: row.try_get("uri")?,
            bucket: row.try_get("bucket")?,
            prefix: row.try_get("prefix")?,
            region: row.try_get("bucket_region")?,
            role: row.try_get("role")?,
        },
        start: bound("start_time")?,
        end: bound("end_time")?,
        status: Status::from_name(&status).ok_or_else(|| broken("status"))?,
        stage: Stage::from_number(row.try_get("stage")?).ok_or_else(|| broken("stage"))?,
        after: row.try_get("after")?,
        run: row.try_get("run")?,
        created: time("created")?,
        updated: time("updated")?,
        id,
    })
}
