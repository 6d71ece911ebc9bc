//! Trails: what is delivered, and where to.

use cairn_core::{AccountId, Region, Timestamp, event_id};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn, account};

/// One trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// A UUID, never given twice; the same name may be another trail later.
    pub id: String,
    pub account: AccountId,
    pub home_region: Region,
    /// Unique among the trails of its account and home Region that are not deleted.
    pub name: String,
    pub settings: TrailSettings,
    pub logging: bool,
    /// The newest start and the newest stop.
    pub started: Option<Timestamp>,
    pub stopped: Option<Timestamp>,
    /// JSON: `{"EventSelectors":[…]}` or `{"AdvancedEventSelectors":[…]}`; `None` for the default.
    pub selectors: Option<String>,
    /// Whether the selectors select something else than the default does.
    pub custom_selectors: bool,
    /// JSON: the list of insight selectors; `None` where insights are off.
    pub insights: Option<String>,
    /// JSON: `{"AggregationConfigurations":[…]}`; `None` where nothing is aggregated.
    pub event_configuration: Option<String>,
    /// JSON: what was found out about the bucket's store.
    pub abilities: String,
    pub created: Timestamp,
    pub deleted: Option<Timestamp>,
}

/// What a trail is made with, and what changes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailSettings {
    pub bucket: String,
    pub prefix: Option<String>,
    /// As it was given: a name, or an ARN.
    pub topic_name: Option<String>,
    pub topic_arn: Option<String>,
    pub include_global: bool,
    pub multi_region: bool,
    pub log_validation: bool,
    pub organization: bool,
    pub log_group_arn: Option<String>,
    pub log_role_arn: Option<String>,
    pub kms_key_arn: Option<String>,
}

/// What a trail is made of.
#[derive(Debug, Clone)]
pub struct NewTrail<'a> {
    pub home_region: &'a Region,
    pub name: &'a str,
    pub settings: TrailSettings,
    pub abilities: String,
}

impl Trail {
    pub fn arn(&self) -> String {
        arn(self.account, &self.home_region, &self.name)
    }

    /// Whether the trail is shown in a Region: at home, or as its shadow.
    pub fn is_visible_in(&self, region: &Region) -> bool {
        self.settings.multi_region || self.home_region == *region
    }
}

/// The ARN of a trail, whether there is one or not.
pub fn arn(account: AccountId, home_region: &Region, name: &str) -> String {
    let partition = partition(home_region);
    format!("arn:{partition}:cloudtrail:{home_region}:{account}:trail/{name}")
}

/// The partition that a Region is in.
pub(crate) fn partition(region: &Region) -> &'static str {
    match region.as_str() {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// A new trail does not log.
pub async fn create(
    txn: &mut Txn,
    account: AccountId,
    new: NewTrail<'_>,
) -> Result<Trail, StoreError> {
    let trail = Trail {
        id: event_id(txn.entropy()),
        account,
        home_region: new.home_region.clone(),
        name: new.name.to_owned(),
        settings: new.settings,
        logging: false,
        started: None,
        stopped: None,
        selectors: None,
        custom_selectors: false,
        insights: None,
        event_configuration: None,
        abilities: new.abilities,
        created: txn.now(),
        deleted: None,
    };
    let insert = "INSERT INTO trail (id, account, home_region, name, created, \
                  bucket, include_global, multi_region, log_validation, organization, \
                  logging, custom_selectors, abilities) \
                  VALUES (?, ?, ?, ?, ?, ?, FALSE, FALSE, FALSE, FALSE, FALSE, FALSE, '')";
    sqlx::query(insert)
        .bind(&trail.id)
        .bind(account.as_u64() as i64)
        .bind(trail.home_region.as_str())
        .bind(&trail.name)
        .bind(trail.created.millis())
        .bind(&trail.settings.bucket)
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, account);
            on_insert(error, Entity::Trail, new.name, missing)
        })?;
    update(txn, &trail).await?;
    Ok(trail)
}

/// Writes everything that can change of a trail, found by its id.
pub async fn update(txn: &mut Txn, trail: &Trail) -> Result<(), StoreError> {
    let update = "UPDATE trail SET bucket = ?, prefix = ?, topic_name = ?, topic_arn = ?, \
                  include_global = ?, multi_region = ?, log_validation = ?, organization = ?, \
                  log_group_arn = ?, log_role_arn = ?, kms_key_arn = ?, \
                  logging = ?, started = ?, stopped = ?, selectors = ?, custom_selectors = ?, \
                  insights = ?, event_configuration = ?, abilities = ?, deleted = ? WHERE id = ?";
    let settings = &trail.settings;
    let changed = sqlx::query(update)
        .bind(&settings.bucket)
        .bind(&settings.prefix)
        .bind(&settings.topic_name)
        .bind(&settings.topic_arn)
        .bind(settings.include_global)
        .bind(settings.multi_region)
        .bind(settings.log_validation)
        .bind(settings.organization)
        .bind(&settings.log_group_arn)
        .bind(&settings.log_role_arn)
        .bind(&settings.kms_key_arn)
        .bind(trail.logging)
        .bind(trail.started.map(Timestamp::millis))
        .bind(trail.stopped.map(Timestamp::millis))
        .bind(&trail.selectors)
        .bind(trail.custom_selectors)
        .bind(&trail.insights)
        .bind(&trail.event_configuration)
        .bind(&trail.abilities)
        .bind(trail.deleted.map(Timestamp::millis))
        .bind(&trail.id)
        .execute(txn.connection())
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found(Entity::Trail, &trail.name));
    }
    Ok(())
}

/// Ends a trail: it does not log, its name is free, and only [`by_id`] and [`list_all`] find it.
/// The trail as it is now.
pub async fn mark_deleted(txn: &mut Txn, trail: &Trail) -> Result<Trail, StoreError> {
    let gone = Trail { logging: false, deleted: Some(txn.now()), ..trail.clone() };
    update(txn, &gone).await?;
    Ok(gone)
}

/// Forgets a deleted trail with its plan and its status, when it has nothing left to deliver.
pub async fn forget(txn: &mut Txn, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM trail WHERE id = ? AND deleted IS NOT NULL")
        .bind(id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

macro_rules! trails {
    ($condition:literal) => {
        concat!("SELECT * FROM trail ", $condition)
    };
}

/// By the Region and the name that an ARN has, too.
pub async fn get(
    store: &Store,
    account: AccountId,
    home_region: &Region,
    name: &str,
) -> Result<Trail, StoreError> {
    find(&mut *store.reader().await?, account, home_region, name).await
}

/// As [`get`], where the change that is under way rests on it.
pub async fn get_for_change(
    txn: &mut Txn,
    account: AccountId,
    home_region: &Region,
    name: &str,
) -> Result<Trail, StoreError> {
    find(txn.connection(), account, home_region, name).await
}

/// Deleted ones, too.
pub async fn by_id(store: &Store, id: &str) -> Result<Trail, StoreError> {
    let row = sqlx::query(trails!("WHERE id = ?")).bind(id);
    match row.fetch_optional(&mut *store.reader().await?).await? {
        Some(row) => from_row(&row),
        None => Err(StoreError::not_found(Entity::Trail, id)),
    }
}

/// An account's trails of all Regions, by name.
pub async fn list(store: &Store, account: AccountId) -> Result<Vec<Trail>, StoreError> {
    of_account(&mut *store.reader().await?, account).await
}

/// As [`list`], where the change that is under way rests on it.
pub async fn list_for_change(txn: &mut Txn, account: AccountId) -> Result<Vec<Trail>, StoreError> {
    of_account(txn.connection(), account).await
}

/// What an account sees in a Region, by name: the trails at home there, and the shadows.
pub async fn visible(
    store: &Store,
    account: AccountId,
    region: &Region,
) -> Result<Vec<Trail>, StoreError> {
    let mut trails = list(store, account).await?;
    trails.retain(|trail| trail.is_visible_in(region));
    Ok(trails)
}

/// The trails of all accounts, deleted ones, too.
pub async fn list_all(store: &Store) -> Result<Vec<Trail>, StoreError> {
    let rows = sqlx::query(trails!("ORDER BY account, name, home_region, id"));
    let rows = rows.fetch_all(&mut *store.reader().await?).await?;
    rows.iter().map(from_row).collect()
}

async fn of_account(
    connection: &mut SqliteConnection,
    account: AccountId,
) -> Result<Vec<Trail>, StoreError> {
    let rows = trails!("WHERE account = ? AND deleted IS NULL ORDER BY name, home_region");
    let rows = sqlx::query(rows).bind(account.as_u64() as i64).fetch_all(connection).await?;
    rows.iter().map(from_row).collect()
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    home_region: &Region,
    name: &str,
) -> Result<Trail, StoreError> {
    let row = trails!("WHERE account = ? AND home_region = ? AND name = ? AND deleted IS NULL");
    let row = sqlx::query(row)
        .bind(account.as_u64() as i64)
        .bind(home_region.as_str())
        .bind(name)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(StoreError::not_found(Entity::Trail, name)),
    }
}

fn from_row(row: &SqliteRow) -> Result<Trail, StoreError> {
    let time = |column| -> Result<Option<Timestamp>, StoreError> {
        let millis: Option<i64> = row.try_get(column)?;
        Ok(millis.map(Timestamp::from_millis))
    };
    let region: &str = row.try_get("home_region")?;
    let broken = |_| StoreError::corrupt(format!("a trail has the Region {region:?}"));
    Ok(Trail {
        id: row.try_get("id")?,
        account: account::id_from(row.try_get("account")?)?,
        home_region: region.parse().map_err(broken)?,
        name: row.try_get("name")?,
        settings: TrailSettings {
            bucket: row.try_get("bucket")?,
            prefix: row.try_get("prefix")?,
            topic_name: row.try_get("topic_name")?,
            topic_arn: row.try_get("topic_arn")?,
            include_global: row.try_get("include_global")?,
            multi_region: row.try_get("multi_region")?,
            log_validation: row.try_get("log_validation")?,
            organization: row.try_get("organization")?,
            log_group_arn: row.try_get("log_group_arn")?,
            log_role_arn: row.try_get("log_role_arn")?,
            kms_key_arn: row.try_get("kms_key_arn")?,
        },
        logging: row.try_get("logging")?,
        started: time("started")?,
        stopped: time("stopped")?,
        selectors: row.try_get("selectors")?,
        custom_selectors: row.try_get("custom_selectors")?,
        insights: row.try_get("insights")?,
        event_configuration: row.try_get("event_configuration")?,
        abilities: row.try_get("abilities")?,
        created: Timestamp::from_millis(row.try_get("created")?),
        deleted: time("deleted")?,
    })
}

#[cfg(test)]
mod tests;
