//! What the gateway learned of access keys that Cairn did not issue.

use cairn_core::Timestamp;

use crate::{Store, StoreError, Txn};

/// Whose a key is, as the gateway wrote it down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    pub access_key_id: String,
    /// JSON, read only by who wrote it.
    pub lesson: String,
    /// `None` for a key that lasts.
    pub expires: Option<Timestamp>,
}

/// Keeps a lesson; one about the same key is replaced.
pub async fn put(txn: &mut Txn, lesson: &Lesson) -> Result<(), StoreError> {
    let upsert = "INSERT INTO lesson (access_key_id, lesson, expires) VALUES (?, ?, ?) \
                  ON CONFLICT (access_key_id) DO UPDATE \
                  SET lesson = excluded.lesson, expires = excluded.expires";
    sqlx::query(upsert)
        .bind(&lesson.access_key_id)
        .bind(&lesson.lesson)
        .bind(lesson.expires.map(Timestamp::millis))
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Forgets the lessons about keys that expired before `now`.
pub async fn expire(txn: &mut Txn, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM lesson WHERE expires < ?")
        .bind(now.millis())
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Every lesson.
pub async fn list(store: &Store) -> Result<Vec<Lesson>, StoreError> {
    let rows: Vec<(String, String, Option<i64>)> =
        sqlx::query_as("SELECT access_key_id, lesson, expires FROM lesson")
            .fetch_all(&mut *store.reader().await?)
            .await?;
    let lessons = rows.into_iter().map(|(access_key_id, lesson, expires)| Lesson {
        access_key_id,
        lesson,
        expires: expires.map(Timestamp::from_millis),
    });
    Ok(lessons.collect())
}
