//! Event data stores: tables of events, and what goes into them.

mod kind;
mod row;

use cairn_core::{AccountId, Region, Timestamp, event_id};
use sqlx::SqliteConnection;

pub use self::kind::{Billing, Schema, Status};
use self::row::from_row;
use crate::error::on_insert;
use crate::{
    Entity, LakeDocument, Store, StoreError, Txn, channel, lake_plan, resource_policy, tag, trail,
};

/// How long a deleted store can be restored.
pub const RESTORABLE_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

/// One event data store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDataStore {
    /// A UUID in lower case, never given twice.
    pub id: String,
    pub account: AccountId,
    pub home_region: Region,
    pub settings: StoreSettings,
    /// Which columns the table has; it never changes.
    pub schema: Schema,
    /// Whether events go in, but for one that is deleted.
    pub ingesting: bool,
    /// As it is once the lake has met all changes so far.
    pub status: Status,
    /// The role of a store that is federated.
    pub federation_role: Option<String>,
    /// JSON: the list of insight selectors; `None` where insights are off.
    pub insights: Option<String>,
    /// The id of the store that insights go to.
    pub insights_destination: Option<String>,
    /// JSON: `{"MaxEventSize":"Large","ContextKeySelectors":[…]}`; `None` for the default.
    pub event_configuration: Option<String>,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// Since when it waits for its end.
    pub deleted: Option<Timestamp>,
    /// When it ended.
    pub dropped: Option<Timestamp>,
}

/// What a store is made with, and what changes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Unique among the stores of its account and home Region; one that can be restored keeps it.
    pub name: String,
    /// JSON: `{"AdvancedEventSelectors":[…]}`.
    pub selectors: String,
    pub multi_region: bool,
    pub organization: bool,
    pub retention_days: u32,
    pub billing: Billing,
    pub termination_protection: bool,
    pub kms_key_arn: Option<String>,
}

/// What a store is made of.
#[derive(Debug, Clone)]
pub struct NewStore<'a> {
    pub home_region: &'a Region,
    pub schema: Schema,
    pub ingesting: bool,
    pub settings: StoreSettings,
}

impl EventDataStore {
    pub fn arn(&self) -> String {
        arn(self.account, &self.home_region, &self.id)
    }

    /// Whether it counts in a Region: at home, or with its shadow.
    pub fn is_visible_in(&self, region: &Region) -> bool {
        self.settings.multi_region || self.home_region == *region
    }

    pub fn is_pending_deletion(&self) -> bool {
        self.deleted.is_some()
    }
}

/// The ARN of a store, whether there is one or not.
pub fn arn(account: AccountId, home_region: &Region, id: &str) -> String {
    let partition = trail::partition(home_region);
    format!("arn:{partition}:cloudtrail:{home_region}:{account}:eventdatastore/{id}")
}

/// A new store is [`Status::Created`] until the lake has its table.
pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    new: NewStore<'_>,
) -> Result<EventDataStore, StoreError> {
    let now = txn.now();
    let mut store = EventDataStore {
        id: event_id(txn.entropy()),
        account,
        home_region: new.home_region.clone(),
        settings: new.settings,
        schema: new.schema,
        ingesting: new.ingesting,
        status: Status::Created,
        federation_role: None,
        insights: None,
        insights_destination: None,
        event_configuration: None,
        created: now,
        updated: now,
        deleted: None,
        dropped: None,
    };
    let insert = "INSERT INTO event_data_store (id, account, home_region, schema, created, \
                  updated, name, selectors, multi_region, organization, retention_days, billing, \
                  termination_protection, ingesting) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, '', FALSE, FALSE, 0, '', FALSE, FALSE)";
    sqlx::query(insert)
        .bind(&store.id)
        .bind(account.as_u64() as i64)
        .bind(store.home_region.as_str())
        .bind(store.schema.as_str())
        .bind(now.millis())
        .bind(now.millis())
        .bind(&store.settings.name)
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::EventDataStore, &store.settings.name, missing)
        })?;
    update(txn, &mut store).await?;
    Ok(store)
}

/// Writes everything that can change of a store, found by its id, with the time of it.
///
/// # Errors
/// `AlreadyExists` if another store has its name.
pub async fn update(txn: &mut Txn, store: &mut EventDataStore) -> Result<(), StoreError> {
    store.updated = txn.now();
    let update = "UPDATE event_data_store SET name = ?, selectors = ?, multi_region = ?, \
                  organization = ?, retention_days = ?, billing = ?, termination_protection = ?, \
                  kms_key_arn = ?, ingesting = ?, federation_role = ?, insights = ?, \
                  insights_destination = ?, event_configuration = ?, updated = ?, deleted = ?, \
                  dropped = ? WHERE id = ?";
    let settings = &store.settings;
    let changed = sqlx::query(update)
        .bind(&settings.name)
        .bind(&settings.selectors)
        .bind(settings.multi_region)
        .bind(settings.organization)
        .bind(i64::from(settings.retention_days))
        .bind(settings.billing.as_str())
        .bind(settings.termination_protection)
        .bind(&settings.kms_key_arn)
        .bind(store.ingesting)
        .bind(&store.federation_role)
        .bind(&store.insights)
        .bind(&store.insights_destination)
        .bind(&store.event_configuration)
        .bind(store.updated.millis())
        .bind(store.deleted.map(Timestamp::millis))
        .bind(store.dropped.map(Timestamp::millis))
        .bind(&store.id)
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::EventDataStore, &store.id);
            on_insert(error, Entity::EventDataStore, &settings.name, missing)
        })?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found(Entity::EventDataStore, &store.id));
    }
    Ok(())
}

/// Ends a store that can be restored no more, with its tags, its policy and its place as the
/// destination of channels and insights; a step of the plan tells the lake. The row stays for the
/// lake, until [`forget`].
pub async fn mark_dropped(
    txn: &mut Txn,
    store: &EventDataStore,
) -> Result<EventDataStore, StoreError> {
    let mut gone = EventDataStore {
        ingesting: false,
        federation_role: None,
        insights: None,
        insights_destination: None,
        dropped: Some(txn.now()),
        ..store.clone()
    };
    update(txn, &mut gone).await?;
    tag::clear(txn, &gone.arn()).await?;
    resource_policy::remove(txn, &gone.arn()).await?;
    channel::forget_destination(txn, &gone.id).await?;
    let unset = "UPDATE event_data_store SET insights = NULL, insights_destination = NULL \
                 WHERE insights_destination = ?";
    sqlx::query(unset).bind(&gone.id).execute(txn.connection()).await?;
    let document = LakeDocument::of(&gone, "DropEventDataStore", Vec::new());
    lake_plan::put(txn, "", &document).await?;
    Ok(gone)
}

/// Forgets a store that ended, with its plan, when its table is gone.
pub async fn forget(txn: &mut Txn, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM event_data_store WHERE id = ? AND dropped IS NOT NULL")
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// `$condition` binds what it needs. `unmet` has the reasons of the changes that the lake has not
/// met.
macro_rules! stores {
    ($condition:literal) => {
        concat!(
            "SELECT *, (SELECT group_concat(json_extract(document, '$.reason')) FROM lake_plan \
             WHERE lake_plan.store = event_data_store.id AND applied IS NULL) AS unmet \
             FROM event_data_store ",
            $condition
        )
    };
}

/// One that waits for its end, too, for as long as it can be restored.
pub async fn get(
    store: &Store,
    account: AccountId,
    id: &str,
) -> Result<EventDataStore, StoreError> {
    let since = restorable_since(store.parts().clock.now());
    find(&mut *store.reader().await?, account, id, since).await
}

/// As [`get`], where the change that is under way rests on it.
pub async fn get_for_change(
    txn: &mut Txn,
    account: AccountId,
    id: &str,
) -> Result<EventDataStore, StoreError> {
    let since = restorable_since(txn.now());
    find(txn.connection(), account, id, since).await
}

/// By its name in its home Region.
pub async fn by_name(
    store: &Store,
    account: AccountId,
    home_region: &Region,
    name: &str,
) -> Result<EventDataStore, StoreError> {
    let stores = list(store, account).await?;
    let is_it =
        |store: &EventDataStore| store.home_region == *home_region && store.settings.name == name;
    let found = stores.into_iter().find(is_it);
    found.ok_or_else(|| StoreError::not_found(Entity::EventDataStore, name))
}

/// Whosever it is, and ended ones, too: for the lake.
pub async fn by_id(store: &Store, id: &str) -> Result<EventDataStore, StoreError> {
    let row = sqlx::query(stores!("WHERE id = ?")).bind(id);
    match row.fetch_optional(&mut *store.reader().await?).await? {
        Some(row) => from_row(&row),
        None => Err(StoreError::not_found(Entity::EventDataStore, id)),
    }
}

/// An account's stores of all Regions, by name; those that can be restored, too.
pub async fn list(store: &Store, account: AccountId) -> Result<Vec<EventDataStore>, StoreError> {
    let since = restorable_since(store.parts().clock.now());
    of_account(&mut *store.reader().await?, account, since).await
}

/// As [`list`], where the change that is under way rests on it.
pub async fn list_for_change(
    txn: &mut Txn,
    account: AccountId,
) -> Result<Vec<EventDataStore>, StoreError> {
    let since = restorable_since(txn.now());
    of_account(txn.connection(), account, since).await
}

/// The stores of all accounts, ended ones, too.
pub async fn list_all(store: &Store) -> Result<Vec<EventDataStore>, StoreError> {
    let rows = sqlx::query(stores!("ORDER BY account, name, home_region, id"));
    let rows = rows.fetch_all(&mut *store.reader().await?).await?;
    rows.iter().map(from_row).collect()
}

/// Those that can be restored no more and did not end yet.
pub async fn expired(store: &Store) -> Result<Vec<EventDataStore>, StoreError> {
    let since = restorable_since(store.parts().clock.now());
    let rows = sqlx::query(stores!("WHERE dropped IS NULL AND deleted <= ? ORDER BY deleted, id"));
    let rows = rows.bind(since).fetch_all(&mut *store.reader().await?).await?;
    rows.iter().map(from_row).collect()
}

/// One that [`expired`] named, as its end finds it; `None` if it was restored in between.
pub async fn expired_for_change(
    txn: &mut Txn,
    id: &str,
) -> Result<Option<EventDataStore>, StoreError> {
    let since = restorable_since(txn.now());
    let row = sqlx::query(stores!("WHERE id = ? AND dropped IS NULL AND deleted <= ?"));
    let row = row.bind(id).bind(since).fetch_optional(txn.connection()).await?;
    row.as_ref().map(from_row).transpose()
}

/// What was deleted later can be restored.
fn restorable_since(now: Timestamp) -> i64 {
    now.millis() - RESTORABLE_MILLIS
}

async fn of_account(
    connection: &mut SqliteConnection,
    account: AccountId,
    since: i64,
) -> Result<Vec<EventDataStore>, StoreError> {
    let rows = stores!(
        "WHERE account = ? AND dropped IS NULL AND (deleted IS NULL OR deleted > ?) \
         ORDER BY name, home_region"
    );
    let rows = sqlx::query(rows).bind(account.as_u64() as i64).bind(since);
    rows.fetch_all(connection).await?.iter().map(from_row).collect()
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    id: &str,
    since: i64,
) -> Result<EventDataStore, StoreError> {
    let row = stores!(
        "WHERE id = ? AND account = ? AND dropped IS NULL AND (deleted IS NULL OR deleted > ?)"
    );
    let row = sqlx::query(row).bind(id).bind(account.as_u64() as i64).bind(since);
    match row.fetch_optional(connection).await? {
        Some(row) => from_row(&row),
        None => Err(StoreError::not_found(Entity::EventDataStore, id)),
    }
}

#[cfg(test)]
mod tests;
