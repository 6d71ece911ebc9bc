//! StartDashboardRefresh.

use std::collections::BTreeMap;

use cairn_api::errors::StartDashboardRefreshError as Error;
use cairn_api::operations;
use cairn_api::shapes::{StartDashboardRefreshRequest, StartDashboardRefreshResponse};
use cairn_event::Json;
use cairn_gateway::Call;

use super::board::{Board, Kind, any};
use super::refresh::{STORE, prepare, start};
use super::{managed, parameters};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::query::Owner;
use crate::refusal::{Refusal, Why};

/// What every dashboard takes; a built-in one takes an event data store besides.
const VALUES: [&str; 3] = ["$StartTime$", "$EndTime$", "$Period$"];

impl Change for operations::StartDashboardRefresh {
    const ADMIN: bool = false;

    fn invalid(input: &StartDashboardRefreshRequest) -> Option<String> {
        let id = &input.dashboard_id;
        let name = id.rsplit_once('/').map_or(&**id, |(_, name)| name);
        let is_managed = managed::widgets(name).is_some();
        let given = input.query_parameter_values.as_ref();
        if is_managed && given.is_none_or(|given| !given.contains_key(STORE)) {
            return Some(format!("The query parameter {STORE} is required"));
        }
        let known = |name: &str| VALUES.contains(&name) || (is_managed && name == STORE);
        let unknown = given.into_iter().flatten().find(|(name, _)| !known(name));
        unknown.map(|(name, _)| format!("The query parameter {name:.128} is not valid"))
    }

    fn parameters(call: &Call) -> Option<Json> {
        parameters::shown(&call.body)
    }

    async fn change(
        services: &Services,
        call: &Call,
        input: StartDashboardRefreshRequest,
    ) -> Result<Changed<StartDashboardRefreshResponse>, Error> {
        let board = any(&services.store, call, &input.dashboard_id).await?;
        let given = values(&board, input.query_parameter_values.unwrap_or_default());
        let prepared = prepare(services, Owner::of(call, None)?, &board, &given).await?;
        if let Some(refusal) = prepared.refused.as_ref().filter(|_| board.kind == Kind::Managed) {
            let known = [Why::EventDataStoreNotFound, Why::InactiveEventDataStore];
            if known.contains(&refusal.why) {
                return Err(Refusal::new(refusal.why, refusal.text.clone()).into());
            }
        }
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let id = start(services, &mut txn, &board, prepared).await?;
        let shown = Some(Json::map([("refreshId", id.clone())]));
        let output = StartDashboardRefreshResponse { refresh_id: Some(id) };
        Ok(Changed { txn, output, shown, plan: None })
    }

    async fn after(services: &Services, _call: &Call, _output: &StartDashboardRefreshResponse) {
        services.lake.wake();
    }
}

/// An ARN stands for the id that it ends with.
fn values(board: &Board, mut given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    if board.kind == Kind::Managed
        && let Some(store) = given.get_mut(STORE)
        && let Some((_, id)) = store.rsplit_once('/')
    {
        *store = id.to_owned();
    }
    given
}
