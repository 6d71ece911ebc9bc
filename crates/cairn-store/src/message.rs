//! Messages that wait in a queue.

use cairn_core::Timestamp;

use crate::{Store, StoreError, Txn};

/// Messages in one queue; more are refused.
pub const MESSAGES: u64 = 1_000_000;
/// Messages that one receive gives up at most.
const GIVEN_UP: usize = 100;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage<'a> {
    /// A UUID.
    pub message_id: &'a str,
    /// Who sent it, as `SenderId` shows it.
    pub sender: &'a str,
    pub sent: Timestamp,
    /// From when it can be received.
    pub visible: Timestamp,
    pub expires: Timestamp,
    /// `AWSTraceHeader`.
    pub trace: Option<&'a str>,
    /// Its message attributes in JSON, read only by who wrote it.
    pub attributes: &'a str,
    pub body: &'a str,
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: i64,
    pub message_id: String,
    pub sender: String,
    pub sent: Timestamp,
    /// How often it was received, in all its queues, this time included.
    pub received: u64,
    pub first_received: Timestamp,
    /// The ARN of the queue that gave it up.
    pub source: Option<String>,
    pub trace: Option<String>,
    pub attributes: String,
    pub body: String,
    /// What its receipt handle proves.
    pub receipt: i64,
}

/// How a queue's messages are received.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    pub queue: i64,
    pub limit: usize,
    pub now: Timestamp,
    /// Until when nobody else receives them.
    pub until: Timestamp,
    pub give_up: Option<GiveUp<'a>>,
}

/// What becomes of messages that were received too often.
#[derive(Debug, Clone, Copy)]
pub struct GiveUp<'a> {
    /// Receives in the queue, after which nobody gets it from there again.
    pub tries: u64,
    /// The ARN of the queue.
    pub source: &'a str,
    /// The queue that takes them.
    pub target: i64,
}

/// Approximate only because they change while one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageCounts {
    pub visible: u64,
    /// Received, and neither deleted nor visible again.
    pub in_flight: u64,
    /// Not received yet, and not to be before their time.
    pub delayed: u64,
}

/// Where a message is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flight {
    /// The latest time.
    pub received: Timestamp,
    pub visible: Timestamp,
}

pub async fn send(txn: &mut Txn, queue: i64, new: &NewMessage<'_>) -> Result<(), StoreError> {
    let held: Option<i64> = sqlx::query_scalar("SELECT held FROM queue WHERE id = ?")
        .bind(queue)
        .fetch_optional(txn.connection())
        .await?;
    if held.unwrap_or_default() as u64 >= MESSAGES {
        let what = "messages in a queue";
        return Err(StoreError::LimitExceeded { what, limit: MESSAGES as usize });
    }
    let insert = "INSERT INTO message (queue, message_id, sender, sent, expires, visible, \
                  received, tries, trace, attributes, body) \
                  VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)";
    sqlx::query(insert)
        .bind(queue)
        .bind(new.message_id)
        .bind(new.sender)
        .bind(new.sent.millis())
        .bind(new.expires.millis())
        .bind(new.visible.millis())
        .bind(new.trace)
        .bind(new.attributes)
        .bind(new.body)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// When the next message becomes visible: at or before `now` for one that is; `None` for an empty
/// queue.
pub async fn next_visible(
    store: &Store,
    queue: i64,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let row = "SELECT visible FROM message WHERE queue = ? AND expires > ? \
               ORDER BY visible LIMIT 1";
    let row: Option<i64> = sqlx::query_scalar(row)
        .bind(queue)
        .bind(now.millis())
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(row.map(Timestamp::from_millis))
}

/// Receives what has been visible for longest: nobody else gets it before `until`. What was
/// received too often goes to another queue instead.
pub async fn take(txn: &mut Txn, take: Take<'_>) -> Result<Vec<Message>, StoreError> {
    let mut taken = Vec::with_capacity(take.limit);
    let mut given_up = 0;
    while taken.len() < take.limit && given_up < GIVEN_UP {
        let rows = "SELECT id, tries FROM message WHERE queue = ? AND visible <= ? AND expires > ? \
                    ORDER BY visible, id LIMIT ?";
        let rows: Vec<(i64, i64)> = sqlx::query_as(rows)
            .bind(take.queue)
            .bind(take.now.millis())
            .bind(take.now.millis())
            .bind((take.limit - taken.len()) as i64)
            .fetch_all(txn.connection())
            .await?;
        if rows.is_empty() {
            break;
        }
        for (id, tries) in rows {
            match take.give_up.filter(|give_up| tries as u64 >= give_up.tries) {
                Some(give_up) => {
                    hand_over(txn, id, give_up, take.now).await?;
                    given_up += 1;
                }
                None => taken.push(receive(txn, id, take).await?),
            }
        }
        // A message without a timeout stays visible, and would be found again.
        if take.until <= take.now {
            break;
        }
    }
    Ok(taken)
}

async fn receive(txn: &mut Txn, id: i64, take: Take<'_>) -> Result<Message, StoreError> {
    let mut nonce = [0u8; 8];
    txn.entropy().fill(&mut nonce);
    let receipt = i64::from_be_bytes(nonce);
    type Row = (String, String, i64, i64, i64, Option<String>, Option<String>, String, String);
    let update = "UPDATE message SET visible = ?1, received = received + 1, tries = tries + 1, \
                  first_received = coalesce(first_received, ?3), last_received = ?3, \
                  receipt = ?2 WHERE id = ?4 \
                  RETURNING message_id, sender, sent, received, first_received, source, trace, \
                  attributes, body";
    let row: Row = sqlx::query_as(update)
        .bind(take.until.millis())
        .bind(receipt)
        .bind(take.now.millis())
        .bind(id)
        .fetch_one(txn.connection())
        .await?;
    let (message_id, sender, sent, received, first, source, trace, attributes, body) = row;
    Ok(Message {
        id,
        message_id,
        sender,
        sent: Timestamp::from_millis(sent),
        received: received as u64,
        first_received: Timestamp::from_millis(first),
        source,
        trace,
        attributes,
        body,
        receipt,
    })
}

async fn hand_over(
    txn: &mut Txn,
    id: i64,
    give_up: GiveUp<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let copy = "INSERT INTO message (queue, message_id, sender, sent, expires, visible, received, \
                tries, first_received, source, trace, attributes, body) \
                SELECT ?, message_id, sender, sent, expires, ?, received, 0, first_received, ?, \
                trace, attributes, body FROM message WHERE id = ?";
    sqlx::query(copy)
        .bind(give_up.target)
        .bind(now.millis())
        .bind(give_up.source)
        .bind(id)
        .execute(txn.connection())
        .await?;
    sqlx::query("DELETE FROM message WHERE id = ?").bind(id).execute(txn.connection()).await?;
    Ok(())
}

/// Deletes what a receipt handle stands for. A message that is gone, or was received again since,
/// is no error.
pub async fn delete(txn: &mut Txn, queue: i64, id: i64, receipt: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM message WHERE id = ? AND queue = ? AND receipt = ?")
        .bind(id)
        .bind(queue)
        .bind(receipt)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// What a receipt handle stands for; `None` where it is gone or was received again since.
pub async fn flight(
    txn: &mut Txn,
    queue: i64,
    id: i64,
    receipt: i64,
) -> Result<Option<Flight>, StoreError> {
    let row = "SELECT last_received, visible FROM message \
               WHERE id = ? AND queue = ? AND receipt = ?";
    let row: Option<(i64, i64)> = sqlx::query_as(row)
        .bind(id)
        .bind(queue)
        .bind(receipt)
        .fetch_optional(txn.connection())
        .await?;
    Ok(row.map(|(received, visible)| Flight {
        received: Timestamp::from_millis(received),
        visible: Timestamp::from_millis(visible),
    }))
}

/// Hides a message until `visible`.
pub async fn hide(txn: &mut Txn, id: i64, visible: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE message SET visible = ? WHERE id = ?")
        .bind(visible.millis())
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Deletes all messages of a queue.
pub async fn purge(txn: &mut Txn, queue: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM message WHERE queue = ?")
        .bind(queue)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Deletes what has expired, at most `limit`. Gives how many were deleted.
pub async fn expire(txn: &mut Txn, now: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let delete = "DELETE FROM message WHERE id IN \
                  (SELECT id FROM message WHERE expires <= ? LIMIT ?)";
    let done =
        sqlx::query(delete).bind(now.millis()).bind(limit as i64).execute(txn.connection()).await?;
    Ok(done.rows_affected() as usize)
}

/// Whether anything has expired.
pub async fn any_expired(store: &Store, now: Timestamp) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM message WHERE expires <= ?)")
        .bind(now.millis())
        .fetch_one(&mut *store.reader().await?)
        .await?;
    Ok(found)
}

pub async fn counts(
    store: &Store,
    queue: i64,
    now: Timestamp,
) -> Result<MessageCounts, StoreError> {
    let row = "SELECT \
               (SELECT count(*) FROM message WHERE queue = ?1 AND visible <= ?2), \
               (SELECT count(*) FROM message WHERE queue = ?1 AND visible > ?2 AND tries > 0), \
               (SELECT count(*) FROM message WHERE queue = ?1 AND visible > ?2 AND tries = 0)";
    let (visible, in_flight, delayed): (i64, i64, i64) = sqlx::query_as(row)
        .bind(queue)
        .bind(now.millis())
        .fetch_one(&mut *store.reader().await?)
        .await?;
    Ok(MessageCounts {
        visible: visible as u64,
        in_flight: in_flight as u64,
        delayed: delayed as u64,
    })
}
