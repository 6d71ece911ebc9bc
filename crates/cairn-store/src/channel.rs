//! Channels: where events from outside come in, and which stores they feed.

use cairn_core::{AccountId, Region, Timestamp, event_id};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, account, resource_policy, tag, trail};

/// One channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// A UUID in lower case, never given twice.
    pub id: String,
    pub account: AccountId,
    pub region: Region,
    /// Unique among the channels of its account and Region.
    pub name: String,
    /// Unique, too: a source has one channel.
    pub source: String,
    /// The ids of the stores that it feeds, in the order in which they were given.
    pub destinations: Vec<String>,
    pub ingestion: Ingestion,
    pub created: Timestamp,
}

/// How the newest events of a channel went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingestion {
    pub attempted: Option<Timestamp>,
    pub attempted_event: Option<String>,
    pub succeeded: Option<Timestamp>,
    pub succeeded_event: Option<String>,
    /// The code of the newest event that failed, while none went in whole since.
    pub error: Option<String>,
}

/// What a channel is made of.
#[derive(Debug, Clone, Copy)]
pub struct NewChannel<'a> {
    pub region: &'a Region,
    pub name: &'a str,
    pub source: &'a str,
    pub destinations: &'a [String],
}

impl Channel {
    pub fn arn(&self) -> String {
        arn(self.account, &self.region, &self.id)
    }
}

/// The ARN of a channel, whether there is one or not.
pub fn arn(account: AccountId, region: &Region, id: &str) -> String {
    let partition = trail::partition(region);
    format!("arn:{partition}:cloudtrail:{region}:{account}:channel/{id}")
}

/// # Errors
/// `AlreadyExists` if another channel has the name, or the source.
pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    new: NewChannel<'_>,
) -> Result<Channel, StoreError> {
    let channel = Channel {
        id: event_id(txn.entropy()),
        account,
        region: new.region.clone(),
        name: new.name.to_owned(),
        source: new.source.to_owned(),
        destinations: new.destinations.to_vec(),
        ingestion: Ingestion::default(),
        created: txn.now(),
    };
    let insert = "INSERT INTO channel (id, account, region, name, source, created) \
                  VALUES (?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&channel.id)
        .bind(account.as_u64() as i64)
        .bind(channel.region.as_str())
        .bind(&channel.name)
        .bind(&channel.source)
        .bind(channel.created.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::Channel, new.name, missing)
        })?;
    direct(txn, &channel).await?;
    Ok(channel)
}

/// Writes the name and the destinations of a channel, found by its id.
///
/// # Errors
/// `AlreadyExists` if another channel has the name.
pub async fn update(txn: &mut Txn, channel: &Channel) -> Result<(), StoreError> {
    sqlx::query("UPDATE channel SET name = ? WHERE id = ?")
        .bind(&channel.name)
        .bind(&channel.id)
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Channel, &channel.id);
            on_insert(error, Entity::Channel, &channel.name, missing)
        })?;
    direct(txn, channel).await
}

/// Ends a channel with its tags and its policy.
pub async fn delete(txn: &mut Txn, channel: &Channel) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM channel WHERE id = ?")
        .bind(&channel.id)
        .execute(txn.connection())
        .await?;
    tag::clear(txn, &channel.arn()).await?;
    resource_policy::remove(txn, &channel.arn()).await?;
    Ok(())
}

/// Notes how events of a channel went; what is `None` stays, but for the error.
pub async fn note(txn: &mut Txn, id: &str, went: &Ingestion) -> Result<(), StoreError> {
    let update = "UPDATE channel SET attempted = coalesce(?, attempted), \
                  attempted_event = coalesce(?, attempted_event), \
                  succeeded = coalesce(?, succeeded), \
                  succeeded_event = coalesce(?, succeeded_event), error = ? WHERE id = ?";
    sqlx::query(update)
        .bind(went.attempted.map(Timestamp::millis))
        .bind(&went.attempted_event)
        .bind(went.succeeded.map(Timestamp::millis))
        .bind(&went.succeeded_event)
        .bind(&went.error)
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

pub async fn get(store: &Store, account: AccountId, id: &str) -> Result<Channel, StoreError> {
    find(&mut *store.reader().await?, account, id).await
}

/// As [`get`], where the change that is under way rests on it.
pub async fn get_for_change(
    txn: &mut Txn,
    account: AccountId,
    id: &str,
) -> Result<Channel, StoreError> {
    find(txn.connection(), account, id).await
}

/// An account's channels of a Region, by name.
pub async fn list(
    store: &Store,
    account: AccountId,
    region: &Region,
) -> Result<Vec<Channel>, StoreError> {
    of_account(&mut *store.reader().await?, account, region).await
}

/// As [`list`], where the change that is under way rests on it.
pub async fn list_for_change(
    txn: &mut Txn,
    account: AccountId,
    region: &Region,
) -> Result<Vec<Channel>, StoreError> {
    of_account(txn.connection(), account, region).await
}

/// The ids of the channels that feed a store.
pub async fn feeding(txn: &mut Txn, store: &str) -> Result<Vec<String>, StoreError> {
    let rows = "SELECT channel FROM channel_destination WHERE store = ? ORDER BY channel";
    Ok(sqlx::query_scalar(rows).bind(store).fetch_all(txn.connection()).await?)
}

/// Whether every store that a channel feeds has `MaxEventSize` `Large`; false where it feeds none.
pub async fn feeds_large(store: &Store, id: &str) -> Result<bool, StoreError> {
    let rows = "SELECT coalesce(min(coalesce( \
                json_extract(event_configuration, '$.MaxEventSize') = 'Large', FALSE)), FALSE) \
                FROM channel_destination JOIN event_data_store ON id = store WHERE channel = ?";
    Ok(sqlx::query_scalar(rows).bind(id).fetch_one(&mut *store.reader().await?).await?)
}

/// A store that ended is nobody's destination.
pub(crate) async fn forget_destination(txn: &mut Txn, store: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM channel_destination WHERE store = ?")
        .bind(store)
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn direct(txn: &mut Txn, channel: &Channel) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM channel_destination WHERE channel = ?")
        .bind(&channel.id)
        .execute(txn.connection())
        .await?;
    let insert = "INSERT INTO channel_destination (channel, store, place) VALUES (?, ?, ?)";
    for (place, store) in channel.destinations.iter().enumerate() {
        sqlx::query(insert)
            .bind(&channel.id)
            .bind(store)
            .bind(place as i64)
            .execute(txn.connection())
            .await
            .map_err(|error| {
                let missing = || StoreError::not_found(Entity::EventDataStore, store);
                on_insert(error, Entity::EventDataStore, store, missing)
            })?;
    }
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    id: &str,
) -> Result<Channel, StoreError> {
    let row = sqlx::query("SELECT * FROM channel WHERE id = ? AND account = ?")
        .bind(id)
        .bind(account.as_u64() as i64)
        .fetch_optional(&mut *connection)
        .await?;
    let row = row.ok_or_else(|| StoreError::not_found(Entity::Channel, id))?;
    from_row(connection, &row).await
}

async fn of_account(
    connection: &mut SqliteConnection,
    account: AccountId,
    region: &Region,
) -> Result<Vec<Channel>, StoreError> {
    let rows = sqlx::query("SELECT * FROM channel WHERE account = ? AND region = ? ORDER BY name")
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .fetch_all(&mut *connection)
        .await?;
    let mut channels = Vec::with_capacity(rows.len());
    for row in &rows {
        channels.push(from_row(connection, row).await?);
    }
    Ok(channels)
}

async fn from_row(
    connection: &mut SqliteConnection,
    row: &SqliteRow,
) -> Result<Channel, StoreError> {
    let time = |column| -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = row.try_get(column)?;
        Ok(millis.map(Timestamp::from_millis))
    };
    let region: &str = row.try_get("region")?;
    let broken = |_| StoreError::corrupt(format!("a channel has the Region {region:?}"));
    let id: String = row.try_get("id")?;
    let stores = "SELECT store FROM channel_destination WHERE channel = ? ORDER BY place";
    let destinations = sqlx::query_scalar(stores).bind(&id).fetch_all(connection).await?;
    Ok(Channel {
        account: account::id_from(row.try_get("account")?)?,
        region: region.parse().map_err(broken)?,
        name: row.try_get("name")?,
        source: row.try_get("source")?,
        destinations,
        ingestion: Ingestion {
            attempted: time("attempted")?,
            attempted_event: row.try_get("attempted_event")?,
            succeeded: time("succeeded")?,
            succeeded_event: row.try_get("succeeded_event")?,
            error: row.try_get("error")?,
        },
        created: Timestamp::from_millis(row.try_get("created")?),
        id,
    })
}
