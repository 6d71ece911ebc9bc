//! What an import has come to so far.

use cairn_core::Timestamp;
use sqlx::Row;

use super::{Counts, FailureStatus};
use crate::{Store, StoreError};

/// What GetImport answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    pub prefixes_found: u64,
    pub prefixes_completed: u64,
    pub files_completed: u64,
    pub events_completed: u64,
    pub failed_entries: u64,
}

/// Everything that is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    pub statistics: Statistics,
    /// Log files that were listed.
    pub files_found: u64,
    pub counts: Counts,
    /// Digests that were listed and not read yet, and those with a checked signature, with a key
    /// that is not known, and not believed.
    pub digests: [u64; 4],
    /// What digests cover: of all, the first start and the last end.
    pub covered: Option<(Timestamp, Timestamp)>,
    /// Failures that stand, by their types.
    pub failures: Vec<(String, u64)>,
    /// What is no failure and worth a word, by its types.
    pub remarks: Vec<(String, u64)>,
}

/// One entry of ListImportFailures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The order of pages.
    pub number: i64,
    pub location: String,
    pub status: FailureStatus,
    pub error_type: String,
    pub message: String,
    pub updated: Timestamp,
}

pub async fn statistics(store: &Store, number: i64) -> Result<Statistics, StoreError> {
    let row = "SELECT count(*), coalesce(sum(state <> 0), 0), coalesce(sum(files), 0), \
               coalesce(sum(events), 0), (SELECT count(*) FROM import_failure \
               WHERE import = ?1 AND status = 'FAILED') FROM import_prefix WHERE import = ?1";
    let (found, completed, files, events, failed): (i64, i64, i64, i64, i64) =
        sqlx::query_as(row).bind(number).fetch_one(&mut *store.reader().await?).await?;
    Ok(Statistics {
        prefixes_found: found as u64,
        prefixes_completed: completed as u64,
        files_completed: files as u64,
        events_completed: events as u64,
        failed_entries: failed as u64,
    })
}

pub async fn figures(store: &Store, number: i64) -> Result<Figures, StoreError> {
    let statistics = statistics(store, number).await?;
    let mut reader = store.reader().await?;
    let sums = "SELECT coalesce(sum(found), 0) AS found, coalesce(sum(files), 0) AS files, \
                coalesce(sum(events), 0) AS events, coalesce(sum(proven), 0) AS proven, \
                coalesce(sum(matched), 0) AS matched, coalesce(sum(unlisted), 0) AS unlisted, \
                coalesce(sum(expired), 0) AS expired, coalesce(sum(other), 0) AS other, \
                coalesce(sum(bytes), 0) AS bytes FROM import_prefix WHERE import = ?";
    let sums = sqlx::query(sums).bind(number).fetch_one(&mut *reader).await?;
    let sum = |name: &str| sums.try_get::<i64, _>(name).map(|sum| sum as u64);
    let states = "SELECT state, count(*) FROM import_digest WHERE import = ? GROUP BY state";
    let states: Vec<(i64, i64)> =
        sqlx::query_as(states).bind(number).fetch_all(&mut *reader).await?;
    let mut digests = [0; 4];
    for (state, count) in states {
        if let Some(place) = digests.get_mut(state as usize) {
            *place = count as u64;
        }
    }
    let covered = "SELECT min(start_time), max(end_time) FROM import_digest \
                   WHERE import = ? AND state IN (1, 2)";
    let (start, end): (Option<i64>, Option<i64>) =
        sqlx::query_as(covered).bind(number).fetch_one(&mut *reader).await?;
    let covered = start.zip(end);
    let covered =
        covered.map(|(start, end)| (Timestamp::from_millis(start), Timestamp::from_millis(end)));
    let types = "SELECT error_type, status, count(*) FROM import_failure \
                 WHERE import = ? GROUP BY error_type, status ORDER BY error_type";
    let types: Vec<(String, String, i64)> =
        sqlx::query_as(types).bind(number).fetch_all(&mut *reader).await?;
    let (failed, other): (Vec<_>, Vec<_>) = types
        .into_iter()
        .filter(|(_, status, _)| status != FailureStatus::Retry.as_str())
        .map(|(error_type, status, count)| (status, (error_type, count as u64)))
        .partition(|(status, _)| status == FailureStatus::Failed.as_str());
    let named = |entries: Vec<(String, (String, u64))>| {
        entries.into_iter().map(|(_, entry)| entry).collect::<Vec<_>>()
    };
    Ok(Figures {
        statistics,
        files_found: sum("found")?,
        counts: Counts {
            files: sum("files")?,
            events: sum("events")?,
            proven: sum("proven")?,
            matched: sum("matched")?,
            unlisted: sum("unlisted")?,
            expired: sum("expired")?,
            other: sum("other")?,
            bytes: sum("bytes")?,
        },
        digests,
        covered,
        failures: named(failed),
        remarks: named(other),
    })
}

/// Entries in the order that they were first met, after one of them.
pub async fn failures(
    store: &Store,
    number: i64,
    after: i64,
    limit: usize,
) -> Result<Vec<Failure>, StoreError> {
    let rows = "SELECT number, location, status, error_type, message, updated \
                FROM import_failure WHERE import = ? AND number > ? ORDER BY number LIMIT ?";
    let rows: Vec<(i64, String, String, String, String, i64)> = sqlx::query_as(rows)
        .bind(number)
        .bind(after)
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let failure = |(number, location, status, error_type, message, updated)| {
        let status: String = status;
        let status = FailureStatus::from_name(&status)
            .ok_or_else(|| StoreError::corrupt(format!("a failure has the status {status:?}")))?;
        let updated = Timestamp::from_millis(updated);
        Ok(Failure { number, location, status, error_type, message, updated })
    };
    rows.into_iter().map(failure).collect()
}
