//! GetDashboard.

use cairn_api::errors::GetDashboardError as Error;
use cairn_api::operations;
use cairn_api::shapes::{
    DashboardStatus, DashboardType, GetDashboardRequest, GetDashboardResponse,
};
use cairn_gateway::Call;
use cairn_store::dashboard_refresh;

use super::board::{Board, Kind, any, find};
use super::{schedule, widget};
use crate::Services;
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::GetDashboard {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetDashboardRequest,
    ) -> Result<GetDashboardResponse, Error> {
        let board = any(&services.store, call, &input.dashboard_id).await?;
        let (store, account) = (&services.store, board.account);
        let last = dashboard_refresh::newest(store, account, &board.region, &board.name).await;
        let last = last.map_err(Refusal::from)?;
        let (id, failure) = last.map_or((None, None), |last| (Some(last.id), last.failure));
        let mut output = GetDashboardResponse {
            last_refresh_id: id,
            last_refresh_failure_reason: failure,
            ..shown(&board)
        };
        if board.kind != Kind::Managed {
            let found = find(store, call, &input.dashboard_id).await?;
            output.created_timestamp = Some(found.created.into());
            output.updated_timestamp = Some(found.updated.into());
            output.refresh_schedule = found.schedule.as_deref().map(schedule::decode);
            output.termination_protection_enabled = Some(found.termination_protection);
        }
        Ok(output)
    }
}

fn shown(board: &Board) -> GetDashboardResponse {
    let kind = match board.kind {
        Kind::Managed => DashboardType::Managed,
        Kind::Custom | Kind::Highlights => DashboardType::Custom,
    };
    GetDashboardResponse {
        dashboard_arn: Some(board.arn()),
        status: Some(DashboardStatus::Created),
        r#type: Some(kind),
        widgets: Some(widget::shown(&board.widgets)),
        ..GetDashboardResponse::default()
    }
}
