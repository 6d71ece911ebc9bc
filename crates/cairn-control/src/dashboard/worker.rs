//! Refreshes dashboards by their schedules.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_policy::Decision;
use cairn_store::{Dashboard, StoreError, dashboard, dashboard_refresh};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use super::board::{Board, HIGHLIGHTS};
use super::refresh::{prepare, start};
use super::schedule;
use crate::Services;
use crate::query::{Owner, Who};
use crate::refusal::{Refusal, Why};
use crate::resource_policy::{Asks, Source, service_decision};

const CADENCE: Duration = Duration::from_secs(5);
/// What a dashboard's policy can deny.
const REFRESH: &str = "cloudtrail:StartDashboardRefresh";

/// Looks which dashboards are due. One that was due while the server was away is refreshed once.
pub struct DashboardWorker {
    services: Arc<Services>,
}

impl DashboardWorker {
    pub fn new(services: Arc<Services>) -> (WorkerSpec, Self) {
        let spec = WorkerSpec {
            name: "dashboards".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        (spec, Self { services })
    }

    /// Refreshes what is due; how many that were.
    ///
    /// # Errors
    /// The store's.
    pub async fn round(&self) -> Result<usize, StoreError> {
        let mut refreshed = 0;
        for dashboard in dashboard::scheduled(&self.services.store).await? {
            if !self.is_due(&dashboard).await? {
                continue;
            }
            match self.refresh(&dashboard).await {
                Ok(()) => refreshed += 1,
                // It is due again the next time.
                Err(refusal) => {
                    let (name, error) = (&dashboard.name, &refusal.text);
                    tracing::debug!(dashboard = name, %error, "a dashboard was not refreshed");
                }
            }
        }
        if refreshed > 0 {
            self.services.lake.wake();
        }
        Ok(refreshed)
    }

    async fn is_due(&self, found: &Dashboard) -> Result<bool, StoreError> {
        let Some(kept) = &found.schedule else { return Ok(false) };
        let store = &self.services.store;
        let last = dashboard_refresh::newest(store, found.account, &found.region, &found.name);
        let last = last.await?.map(|last| last.started);
        // Highlights are shown from the beginning.
        if last.is_none() && found.name == HIGHLIGHTS {
            return Ok(true);
        }
        let now = self.services.clock.now();
        Ok(schedule::is_due(kept, last.unwrap_or(found.created), now))
    }

    async fn refresh(&self, dashboard: &Dashboard) -> Result<(), Refusal> {
        let board = Board::of(dashboard);
        let arn = board.arn();
        let owner = Owner {
            who: Who::Dashboard(&arn),
            account: board.account,
            region: &board.region,
            owner: board.account,
        };
        let source = Source { arn: &arn, account: board.account };
        let asks = Asks { action: REFRESH, resource: &arn, external_id: None };
        if service_decision(&self.services.store, source, asks).await? == Decision::ExplicitDeny {
            let text = format!("the resource policy of {arn} explicitly denies {REFRESH}");
            return Err(Refusal::new(Why::OperationNotPermitted, text));
        }
        let prepared = prepare(&self.services, owner, &board, &BTreeMap::new()).await?;
        let mut txn = self.services.store.begin().await?;
        start(&self.services, &mut txn, &board, prepared).await?;
        Ok(txn.commit().await?)
    }
}

impl Worker for DashboardWorker {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let round = self.round().await;
        round.map_err(|error| WorkerError::caused("failed to refresh dashboards", error))?;
        Ok(Tick::Idle)
    }
}
