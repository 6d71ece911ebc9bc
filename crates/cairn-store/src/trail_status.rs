//! How the deliveries of a trail went, for each Region that they are from.

use cairn_core::{Region, Timestamp};
use sqlx::Row;

use crate::{Store, StoreError, Txn};

/// What GetTrailStatus tells of one Region. An error is there from a failed attempt until the next
/// one that succeeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailStatus {
    pub delivery: Course,
    pub notification: Course,
    /// Attempts to deliver a digest are not kept.
    pub digest: Course,
}

/// How one kind of delivery went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    /// The last success.
    pub done: Option<Timestamp>,
    /// The last attempt.
    pub attempted: Option<Timestamp>,
    /// What the last attempt failed with, in the words of the other side: `NoSuchBucket`.
    pub error: Option<String>,
}

pub async fn delivered(
    txn: &mut Txn,
    trail: &str,
    region: &Region,
    at: Timestamp,
) -> Result<(), StoreError> {
    let update = "INSERT INTO trail_status (trail, region, delivered, delivery_attempted) \
                  VALUES (?1, ?2, ?3, ?3) ON CONFLICT (trail, region) DO UPDATE SET \
                  delivered = ?3, delivery_attempted = ?3, delivery_error = NULL";
    succeed(txn, update, trail, region, at).await
}

pub async fn delivery_failed(
    txn: &mut Txn,
    trail: &str,
    region: &Region,
    at: Timestamp,
    code: &str,
) -> Result<(), StoreError> {
    let update = "INSERT INTO trail_status (trail, region, delivery_attempted, delivery_error) \
                  VALUES (?1, ?2, ?3, ?4) ON CONFLICT (trail, region) DO UPDATE SET \
                  delivery_attempted = ?3, delivery_error = ?4";
    fail(txn, update, trail, region, (at, code)).await
}

pub async fn notified(
    txn: &mut Txn,
    trail: &str,
    region: &Region,
    at: Timestamp,
) -> Result<(), StoreError> {
    let update = "INSERT INTO trail_status (trail, region, notified, notification_attempted) \
                  VALUES (?1, ?2, ?3, ?3) ON CONFLICT (trail, region) DO UPDATE SET \
                  notified = ?3, notification_attempted = ?3, notification_error = NULL";
    succeed(txn, update, trail, region, at).await
}

pub async fn notification_failed(
    txn: &mut Txn,
    trail: &str,
    region: &Region,
    at: Timestamp,
    code: &str,
) -> Result<(), StoreError> {
    let update = "INSERT INTO trail_status \
                  (trail, region, notification_attempted, notification_error) \
                  VALUES (?1, ?2, ?3, ?4) ON CONFLICT (trail, region) DO UPDATE SET \
                  notification_attempted = ?3, notification_error = ?4";
    fail(txn, update, trail, region, (at, code)).await
}

pub async fn digested(
    txn: &mut Txn,
    trail: &str,
    region: &Region,
    at: Timestamp,
) -> Result<(), StoreError> {
    let update = "INSERT INTO trail_status (trail, region, digested) \
                  VALUES (?1, ?2, ?3) ON CONFLICT (trail, region) DO UPDATE SET \
                  digested = ?3, digest_error = NULL";
    succeed(txn, update, trail, region, at).await
}

pub async fn digest_failed(
    txn: &mut Txn,
    trail: &str,
    region: &Region,
    code: &str,
) -> Result<(), StoreError> {
    let update = "INSERT INTO trail_status (trail, region, digest_error) \
                  VALUES (?1, ?2, ?3) ON CONFLICT (trail, region) DO UPDATE SET \
                  digest_error = ?3";
    sqlx::query(update)
        .bind(trail)
        .bind(region.as_str())
        .bind(code)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// The status of a trail in a Region; the empty one where nothing was delivered yet.
pub async fn get(store: &Store, trail: &str, region: &Region) -> Result<TrailStatus, StoreError> {
    let row = sqlx::query("SELECT * FROM trail_status WHERE trail = ? AND region = ?")
        .bind(trail)
        .bind(region.as_str())
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    let Some(row) = row else { return Ok(TrailStatus::default()) };
    let time = |column| -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = row.try_get(column)?;
        Ok(millis.map(Timestamp::from_millis))
    };
    Ok(TrailStatus {
        delivery: Course {
            done: time("delivered")?,
            attempted: time("delivery_attempted")?,
            error: row.try_get("delivery_error")?,
        },
        notification: Course {
            done: time("notified")?,
            attempted: time("notification_attempted")?,
            error: row.try_get("notification_error")?,
        },
        digest: Course {
            done: time("digested")?,
            attempted: None,
            error: row.try_get("digest_error")?,
        },
    })
}

async fn succeed(
    txn: &mut Txn,
    update: &'static str,
    trail: &str,
    region: &Region,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(update)
        .bind(trail)
        .bind(region.as_str())
        .bind(at.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn fail(
    txn: &mut Txn,
    update: &'static str,
    trail: &str,
    region: &Region,
    (at, code): (Timestamp, &str),
) -> Result<(), StoreError> {
    sqlx::query(update)
        .bind(trail)
        .bind(region.as_str())
        .bind(at.millis())
        .bind(code)
        .execute(txn.connection())
        .await?;
    Ok(())
}
