//! What was published and is on its way to subscribers.

use cairn_core::Timestamp;

use crate::{Store, StoreError, Txn};

/// Notices that wait for their subscribers; beyond this, nothing can be published.
pub const WAITING: usize = 1_000_000;

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// A UUID.
    pub message_id: String,
    pub subject: Option<String>,
    pub message: String,
    /// Its message attributes in JSON, read only by who wrote it.
    pub attributes: String,
    pub published: Timestamp,
}

/// One subscriber's copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub id: i64,
    /// The subscription's ARN.
    pub subscription: String,
    /// `None` for a request to confirm.
    pub publication: Option<Publication>,
    /// The message in the words that its publisher chose for the protocol.
    pub own: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
}

/// Where a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Queue,
    Web,
}

/// Keeps a publication for the subscriptions that get it, each with the words chosen for it.
pub async fn publish(
    txn: &mut Txn,
    publication: &Publication,
    to: &[(&str, Way, Option<&str>)],
) -> Result<(), StoreError> {
    if to.is_empty() {
        return Ok(());
    }
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT max(id) FROM notice").fetch_one(txn.connection()).await?;
    let oldest: Option<i64> =
        sqlx::query_scalar("SELECT min(id) FROM notice").fetch_one(txn.connection()).await?;
    // An upper bound that costs nothing; the exact count is asked only where it could matter.
    let span = newest.unwrap_or_default() - oldest.unwrap_or_default();
    if span as usize >= WAITING {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM notice").fetch_one(txn.connection()).await?;
        if count as usize + to.len() > WAITING {
            return Err(StoreError::LimitExceeded { what: "waiting notices", limit: WAITING });
        }
    }
    let insert = "INSERT INTO publication (message_id, subject, message, attributes, published) \
                  VALUES (?, ?, ?, ?, ?) RETURNING id";
    let id: i64 = sqlx::query_scalar(insert)
        .bind(&publication.message_id)
        .bind(&publication.subject)
        .bind(&publication.message)
        .bind(&publication.attributes)
        .bind(publication.published.millis())
        .fetch_one(txn.connection())
        .await?;
    for (subscription, way, own) in to {
        put(txn, subscription, Some(id), *way, *own, publication.published).await?;
    }
    Ok(())
}

/// Asks the endpoint of a subscription to confirm.
pub async fn ask(
    txn: &mut Txn,
    subscription: &str,
    way: Way,
    now: Timestamp,
) -> Result<(), StoreError> {
    put(txn, subscription, None, way, None, now).await
}

/// What is due, the longest due first.
pub async fn due(
    store: &Store,
    way: Way,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Notice>, StoreError> {
    type Row = (
        i64,
        String,
        Option<String>,
        i64,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<i64>,
    );
    let rows = "SELECT notice.id, subscription, own, attempts, message_id, subject, message, \
                attributes, published FROM notice \
                LEFT JOIN publication ON publication.id = notice.publication \
                WHERE queued = ? AND due <= ? ORDER BY due, notice.id LIMIT ?";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(way == Way::Queue)
        .bind(now.millis())
        .bind(limit as i64)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    let notices = rows.into_iter().map(|row| {
        let (id, subscription, own, attempts, message_id, subject, message, attributes, at) = row;
        let publication = match (message_id, message, attributes, at) {
            (Some(message_id), Some(message), Some(attributes), Some(at)) => Some(Publication {
                message_id,
                subject,
                message,
                attributes,
                published: Timestamp::from_millis(at),
            }),
            _ => None,
        };
        Notice { id, subscription, publication, own, attempts: attempts as u32 }
    });
    Ok(notices.collect())
}

/// When the next notice is due; `None` where none waits.
pub async fn next_due(store: &Store, way: Way) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = sqlx::query_scalar("SELECT min(due) FROM notice WHERE queued = ?")
        .bind(way == Way::Queue)
        .fetch_one(&mut *store.reader().await?)
        .await?;
    Ok(due.map(Timestamp::from_millis))
}

/// How many wait.
pub async fn count(store: &Store, way: Way) -> Result<u64, StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM notice WHERE queued = ?")
        .bind(way == Way::Queue)
        .fetch_one(&mut *store.reader().await?)
        .await?;
    Ok(count as u64)
}

/// A notice that was delivered or given up; with the last one goes the publication. False where it
/// is gone already: its subscription was deleted, or another delivered it.
pub async fn done(txn: &mut Txn, id: i64) -> Result<bool, StoreError> {
    let publication: Option<Option<i64>> =
        sqlx::query_scalar("DELETE FROM notice WHERE id = ? RETURNING publication")
            .bind(id)
            .fetch_optional(txn.connection())
            .await?;
    if let Some(Some(publication)) = publication {
        let delete = "DELETE FROM publication WHERE id = ?1 \
                      AND NOT EXISTS (SELECT 1 FROM notice WHERE publication = ?1)";
        sqlx::query(delete).bind(publication).execute(txn.connection()).await?;
    }
    Ok(publication.is_some())
}

/// To be tried again at `due`.
pub async fn postpone(txn: &mut Txn, id: i64, due: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE notice SET due = ?, attempts = attempts + 1 WHERE id = ?")
        .bind(due.millis())
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Nothing else that is due for a subscription is tried before `until`.
pub async fn hold(
    txn: &mut Txn,
    subscription: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE notice SET due = ? WHERE subscription = ? AND due <= ?")
        .bind(until.millis())
        .bind(subscription)
        .bind(now.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Forgets publications whose subscribers have gone, at most `limit`.
pub async fn sweep(txn: &mut Txn, limit: usize) -> Result<(), StoreError> {
    let delete = "DELETE FROM publication WHERE id IN (SELECT id FROM publication WHERE NOT EXISTS \
                  (SELECT 1 FROM notice WHERE notice.publication = publication.id) LIMIT ?)";
    sqlx::query(delete).bind(limit as i64).execute(txn.connection()).await?;
    Ok(())
}

async fn put(
    txn: &mut Txn,
    subscription: &str,
    publication: Option<i64>,
    way: Way,
    own: Option<&str>,
    due: Timestamp,
) -> Result<(), StoreError> {
    let insert = "INSERT INTO notice (subscription, publication, own, queued, due, attempts) \
                  VALUES (?, ?, ?, ?, ?, 0)";
    sqlx::query(insert)
        .bind(subscription)
        .bind(publication)
        .bind(own)
        .bind(way == Way::Queue)
        .bind(due.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}
