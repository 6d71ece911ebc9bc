//! Refreshes of dashboards: each runs one query for every widget.

use cairn_core::{AccountId, Region, Timestamp};

use crate::{Store, StoreError, Txn};

/// How many refreshes of a dashboard are kept.
const KEPT: i64 = 100;

/// One refresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardRefresh {
    pub account: AccountId,
    pub region: Region,
    /// Digits; unique in its account and Region.
    pub id: String,
    /// The dashboard's name.
    pub dashboard: String,
    pub started: Timestamp,
    /// Why queries were not started.
    pub failure: Option<String>,
}

/// Keeps a refresh; the oldest of the dashboard go.
pub async fn put(txn: &mut Txn, refresh: &DashboardRefresh) -> Result<(), StoreError> {
    let insert = "INSERT INTO dashboard_refresh (account, region, id, dashboard, started, failure) \
                  VALUES (?, ?, ?, ?, ?, ?)";
    sqlx::query(insert)
        .bind(refresh.account.as_u64() as i64)
        .bind(refresh.region.as_str())
        .bind(&refresh.id)
        .bind(&refresh.dashboard)
        .bind(refresh.started.millis())
        .bind(&refresh.failure)
        .execute(txn.connection())
        .await?;
    let trim = "DELETE FROM dashboard_refresh WHERE account = ?1 AND region = ?2 \
                AND dashboard = ?3 AND id NOT IN (SELECT id FROM dashboard_refresh \
                WHERE account = ?1 AND region = ?2 AND dashboard = ?3 \
                ORDER BY started DESC, id DESC LIMIT ?4)";
    sqlx::query(trim)
        .bind(refresh.account.as_u64() as i64)
        .bind(refresh.region.as_str())
        .bind(&refresh.dashboard)
        .bind(KEPT)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// The newest refresh of a dashboard; `None` before the first.
pub async fn newest(
    store: &Store,
    account: AccountId,
    region: &Region,
    dashboard: &str,
) -> Result<Option<DashboardRefresh>, StoreError> {
    let row = "SELECT id, started, failure FROM dashboard_refresh \
               WHERE account = ? AND region = ? AND dashboard = ? \
               ORDER BY started DESC, id DESC LIMIT 1";
    let row: Option<(String, i64, Option<String>)> = sqlx::query_as(row)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(dashboard)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(row.map(|(id, started, failure)| DashboardRefresh {
        account,
        region: region.clone(),
        id,
        dashboard: dashboard.to_owned(),
        started: Timestamp::from_millis(started),
        failure,
    }))
}
