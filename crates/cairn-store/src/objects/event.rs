use cairn_core::AccountId;
use sqlx::Row;

use super::{Change, Index};
use crate::StoreError;

/// A notification that was not sent yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    pub id: i64,
    /// The ARN of a topic or a queue.
    pub target: String,
    pub bucket: String,
    /// Who owns the bucket.
    pub owner: AccountId,
    pub body: String,
}

impl Index {
    /// The oldest events.
    pub async fn events(&self, limit: u32) -> Result<Vec<Event>, StoreError> {
        let query = "SELECT id, target, bucket, owner, body FROM event ORDER BY id LIMIT ?";
        let rows = sqlx::query(query).bind(limit).fetch_all(&mut *self.reader().await?).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let owner: i64 = row.try_get("owner")?;
            events.push(Event {
                id: row.try_get("id")?,
                target: row.try_get("target")?,
                bucket: row.try_get("bucket")?,
                owner: AccountId::new(owner as u64).ok_or_else(|| {
                    StoreError::corrupt(format!("an event has the owner {owner}"))
                })?,
                body: row.try_get("body")?,
            });
        }
        Ok(events)
    }
}

impl Change {
    /// Keeps an event until it was sent, in the change that it tells of.
    pub async fn add_event(
        &mut self,
        target: &str,
        bucket: &str,
        owner: AccountId,
        body: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO event (target, bucket, owner, body) VALUES (?, ?, ?, ?)")
            .bind(target)
            .bind(bucket)
            .bind(owner.as_u64() as i64)
            .bind(body)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn drop_event(&mut self, id: i64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM event WHERE id = ?").bind(id).execute(self.connection()).await?;
        Ok(())
    }
}
