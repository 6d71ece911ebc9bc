//! Custom dashboards, and their widgets.

use std::collections::BTreeMap;

use cairn_core::{AccountId, Region, Timestamp, event_id};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::on_insert;
use crate::{
    Entity, QueryAlias, Store, StoreError, Txn, account, query_alias, resource_policy, tag, trail,
};

/// One dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    /// A UUID, never given twice.
    pub id: String,
    pub account: AccountId,
    pub region: Region,
    /// Unique in its account and Region.
    pub name: String,
    pub widgets: Vec<Widget>,
    /// JSON, as the API answers it.
    pub schedule: Option<String>,
    pub termination_protection: bool,
    pub created: Timestamp,
    pub updated: Timestamp,
}

/// A query and how its result is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Widget {
    /// What StartQuery and DescribeQuery call it.
    pub alias: String,
    /// With question marks.
    pub statement: String,
    /// What stands for each question mark: `$StartTime$`.
    pub parameters: Vec<String>,
    pub view: BTreeMap<String, String>,
}

impl Dashboard {
    pub fn arn(&self) -> String {
        arn(self.account, &self.region, &self.name)
    }
}

/// The ARN of a dashboard, whether there is one or not.
pub fn arn(account: AccountId, region: &Region, name: &str) -> String {
    let partition = trail::partition(region);
    format!("arn:{partition}:cloudtrail:{region}:{account}:dashboard/{name}")
}

/// Makes a dashboard of an account; `id`, `created` and `updated` are given here.
///
/// # Errors
/// `AlreadyExists` if another one has its name.
pub async fn create(txn: &mut Txn, new: Dashboard) -> Result<Dashboard, StoreError> {
    let now = txn.now();
    let made = Dashboard { id: event_id(txn.entropy()), created: now, updated: now, ..new };
    let insert = "INSERT INTO dashboard (id, account, region, name, widgets, schedule, \
                  termination_protection, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(&made.id)
        .bind(made.account.as_u64() as i64)
        .bind(made.region.as_str())
        .bind(&made.name)
        .bind(encoded(&made.widgets))
        .bind(&made.schedule)
        .bind(made.termination_protection)
        .bind(now.millis())
        .bind(now.millis())
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, made.account);
            on_insert(error, Entity::Dashboard, &made.name, missing)
        })?;
    name_widgets(txn, &made).await?;
    Ok(made)
}

/// Writes what can change of a dashboard, found by its id, with the time of it.
pub async fn update(txn: &mut Txn, dashboard: &mut Dashboard) -> Result<(), StoreError> {
    dashboard.updated = txn.now();
    let update = "UPDATE dashboard SET widgets = ?, schedule = ?, termination_protection = ?, \
                  updated = ? WHERE id = ?";
    let changed = sqlx::query(update)
        .bind(encoded(&dashboard.widgets))
        .bind(&dashboard.schedule)
        .bind(dashboard.termination_protection)
        .bind(dashboard.updated.millis())
        .bind(&dashboard.id)
        .execute(txn.connection())
        .await?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::not_found(Entity::Dashboard, &dashboard.name));
    }
    query_alias::remove_of(txn, &dashboard.id).await?;
    name_widgets(txn, dashboard).await
}

/// Removes a dashboard with its tags, its policy and the names of its widgets.
pub async fn delete(txn: &mut Txn, dashboard: &Dashboard) -> Result<(), StoreError> {
    query_alias::remove_of(txn, &dashboard.id).await?;
    tag::clear(txn, &dashboard.arn()).await?;
    resource_policy::remove(txn, &dashboard.arn()).await?;
    let refreshes =
        "DELETE FROM dashboard_refresh WHERE account = ? AND region = ? AND dashboard = ?";
    sqlx::query(refreshes)
        .bind(dashboard.account.as_u64() as i64)
        .bind(dashboard.region.as_str())
        .bind(&dashboard.name)
        .execute(txn.connection())
        .await?;
    sqlx::query("DELETE FROM dashboard WHERE id = ?")
        .bind(&dashboard.id)
        .execute(txn.connection())
        .await?;
    Ok(())
}

async fn name_widgets(txn: &mut Txn, dashboard: &Dashboard) -> Result<(), StoreError> {
    for widget in &dashboard.widgets {
        let alias = QueryAlias {
            account: dashboard.account,
            region: dashboard.region.clone(),
            alias: widget.alias.clone(),
            statement: widget.statement.clone(),
            store: None,
            prompt: None,
            dashboard: Some(dashboard.id.clone()),
        };
        query_alias::put(txn, &alias).await?;
    }
    Ok(())
}

macro_rules! dashboards {
    ($condition:literal) => {
        concat!("SELECT * FROM dashboard ", $condition)
    };
}

pub async fn get(
    store: &Store,
    account: AccountId,
    region: &Region,
    name: &str,
) -> Result<Dashboard, StoreError> {
    find(&mut *store.reader().await?, account, region, name).await
}

/// As [`get`], where the change that is under way rests on it.
pub async fn get_for_change(
    txn: &mut Txn,
    account: AccountId,
    region: &Region,
    name: &str,
) -> Result<Dashboard, StoreError> {
    find(txn.connection(), account, region, name).await
}

/// An account's dashboards in a Region, by name.
pub async fn list(
    store: &Store,
    account: AccountId,
    region: &Region,
) -> Result<Vec<Dashboard>, StoreError> {
    let rows = sqlx::query(dashboards!("WHERE account = ? AND region = ? ORDER BY name"))
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.iter().map(from_row).collect()
}

/// How many dashboards an account has in a Region.
pub async fn count(
    txn: &mut Txn,
    account: AccountId,
    region: &Region,
) -> Result<usize, StoreError> {
    let count = "SELECT count(*) FROM dashboard WHERE account = ? AND region = ?";
    let count: i64 = sqlx::query_scalar(count)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .fetch_one(txn.connection())
        .await?;
    Ok(count as usize)
}

/// Those of all accounts that have a schedule.
pub async fn scheduled(store: &Store) -> Result<Vec<Dashboard>, StoreError> {
    let rows =
        sqlx::query(dashboards!("WHERE schedule IS NOT NULL ORDER BY account, region, name"));
    let rows = rows.fetch_all(&mut *store.reader().await?).await?;
    rows.iter().map(from_row).collect()
}

async fn find(
    connection: &mut SqliteConnection,
    account: AccountId,
    region: &Region,
    name: &str,
) -> Result<Dashboard, StoreError> {
    let row = sqlx::query(dashboards!("WHERE account = ? AND region = ? AND name = ?"))
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(name)
        .fetch_optional(connection)
        .await?;
    match row {
        Some(row) => from_row(&row),
        None => Err(StoreError::not_found(Entity::Dashboard, name)),
    }
}

fn encoded(widgets: &[Widget]) -> String {
    serde_json::to_string(widgets).expect("texts are always JSON")
}

fn from_row(row: &SqliteRow) -> Result<Dashboard, StoreError> {
    let broken = |what: &str| StoreError::corrupt(format!("a dashboard has a broken {what}"));
    let region: &str = row.try_get("region")?;
    Ok(Dashboard {
        id: row.try_get("id")?,
        account: account::id_from(row.try_get("account")?)?,
        region: region.parse().map_err(|_| broken("Region"))?,
        name: row.try_get("name")?,
        widgets: serde_json::from_str(row.try_get("widgets")?).map_err(|_| broken("widget"))?,
        schedule: row.try_get("schedule")?,
        termination_protection: row.try_get("termination_protection")?,
        created: Timestamp::from_millis(row.try_get("created")?),
        updated: Timestamp::from_millis(row.try_get("updated")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard_refresh::{self, DashboardRefresh};
    use crate::store::tests::{FIRST, SECOND, id, open};

    fn widget(alias: &str) -> Widget {
        Widget {
            alias: alias.to_owned(),
            statement: "SELECT ?".to_owned(),
            parameters: vec!["$StartTime$".to_owned()],
            view: BTreeMap::from([("View".to_owned(), "Table".to_owned())]),
        }
    }

    #[tokio::test]
    async fn a_dashboard_its_widgets_and_its_refreshes_come_and_go_together() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        let region: Region = "us-east-1".parse().unwrap();
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
        let new = Dashboard {
            id: String::new(),
            account: id(FIRST),
            region: region.clone(),
            name: "main".to_owned(),
            widgets: vec![widget("Widget-1"), widget("Widget-2")],
            schedule: None,
            termination_protection: true,
            created: Timestamp::EPOCH,
            updated: Timestamp::EPOCH,
        };
        let mut made = create(&mut txn, new.clone()).await.unwrap();
        let taken = create(&mut txn, new).await.unwrap_err();
        assert!(matches!(taken, StoreError::AlreadyExists { .. }));
        assert_eq!(count(&mut txn, id(FIRST), &region).await.unwrap(), 1);
        txn.commit().await.unwrap();
        assert_eq!(made.arn(), "arn:aws:cloudtrail:us-east-1:111122223333:dashboard/main");
        assert_eq!(get(&store, id(FIRST), &region, "main").await.unwrap(), made);
        assert!(get(&store, id(SECOND), &region, "main").await.is_err());
        let named = |alias: &'static str| query_alias::get(&store, id(FIRST), &region, alias);
        assert_eq!(named("Widget-1").await.unwrap().statement, "SELECT ?");
        assert_eq!(scheduled(&store).await.unwrap(), []);

        made.widgets = vec![widget("Widget-3")];
        made.schedule = Some("{}".to_owned());
        let mut txn = store.begin().await.unwrap();
        update(&mut txn, &mut made).await.unwrap();
        for (refresh, failure) in [("1000000001", None), ("1000000002", Some("no room"))] {
            let refresh = DashboardRefresh {
                account: id(FIRST),
                region: region.clone(),
                id: refresh.to_owned(),
                dashboard: "main".to_owned(),
                started: made.created,
                failure: failure.map(str::to_owned),
            };
            dashboard_refresh::put(&mut txn, &refresh).await.unwrap();
        }
        txn.commit().await.unwrap();
        assert!(named("Widget-1").await.is_err());
        assert!(named("Widget-3").await.is_ok());
        assert_eq!(scheduled(&store).await.unwrap(), std::slice::from_ref(&made));
        let newest =
            async || dashboard_refresh::newest(&store, id(FIRST), &region, "main").await.unwrap();
        let last = newest().await.unwrap();
        assert_eq!((&*last.id, last.failure.as_deref()), ("1000000002", Some("no room")));

        let mut txn = store.begin().await.unwrap();
        delete(&mut txn, &made).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(list(&store, id(FIRST), &region).await.unwrap(), []);
        assert!(named("Widget-3").await.is_err());
        assert_eq!(newest().await, None);
    }
}
