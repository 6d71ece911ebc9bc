//! DeleteDashboard.

use cairn_api::errors::DeleteDashboardError as Error;
use cairn_api::operations;
use cairn_api::shapes::{DeleteDashboardRequest, DeleteDashboardResponse};
use cairn_gateway::Call;
use cairn_store::dashboard;

use super::board::{changeable, find_for_change};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::DeleteDashboard {
    async fn change(
        services: &Services,
        call: &Call,
        input: DeleteDashboardRequest,
    ) -> Result<Changed<DeleteDashboardResponse>, Error> {
        changeable(call, &input.dashboard_id)?;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let found = find_for_change(&mut txn, call, &input.dashboard_id).await?;
        if found.termination_protection {
            let text = format!(
                "The dashboard {} cannot be deleted: termination protection is enabled.",
                found.arn()
            );
            return Err(Refusal::new(Why::Conflict, text).into());
        }
        dashboard::delete(&mut txn, &found).await.map_err(Refusal::from)?;
        Ok(Changed { txn, output: DeleteDashboardResponse {}, shown: None, plan: None })
    }
}
