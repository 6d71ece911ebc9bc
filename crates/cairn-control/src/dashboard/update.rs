//! UpdateDashboard: widgets are replaced as a whole.

use cairn_api::errors::UpdateDashboardError as Error;
use cairn_api::operations;
use cairn_api::shapes::{DashboardType, UpdateDashboardRequest, UpdateDashboardResponse};
use cairn_event::Json;
use cairn_gateway::Call;
use cairn_store::dashboard;

use super::board::{HIGHLIGHTS, changeable, find, find_for_change};
use super::{parameters, schedule, widget};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::query::Owner;
use crate::refusal::{Refusal, Why};

impl Change for operations::UpdateDashboard {
    fn invalid(input: &UpdateDashboardRequest) -> Option<String> {
        let schedule = input.refresh_schedule.as_ref().and_then(schedule::invalid);
        schedule.or_else(|| widget::invalid(input.widgets.as_deref().unwrap_or_default()))
    }

    fn parameters(call: &Call) -> Option<Json> {
        parameters::shown(&call.body)
    }

    async fn change(
        services: &Services,
        call: &Call,
        input: UpdateDashboardRequest,
    ) -> Result<Changed<UpdateDashboardResponse>, Error> {
        changeable(call, &input.dashboard_id)?;
        let known = find(&services.store, call, &input.dashboard_id).await?;
        if known.name == HIGHLIGHTS && input.widgets.is_some() {
            let text = "The widgets of the Highlights dashboard cannot be changed.";
            return Err(Refusal::new(Why::Conflict, text).into());
        }
        let schedule = input.refresh_schedule.as_ref();
        if known.name == HIGHLIGHTS
            && schedule.is_some_and(|given| !schedule::is_for_highlights(given))
        {
            let text = "The Highlights dashboard is refreshed every 6 HOURS, or not at all.";
            return Err(Refusal::new(Why::Conflict, text).into());
        }
        let widgets = match input.widgets {
            Some(given) => Some(widget::checked(services, Owner::of(call, None)?, given).await?),
            None => None,
        };
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut found = find_for_change(&mut txn, call, &input.dashboard_id).await?;
        if let Some(widgets) = widgets {
            found.widgets = widgets;
        }
        if let Some(given) = &input.refresh_schedule {
            found.schedule = Some(schedule::encode(given));
        }
        if let Some(protected) = input.termination_protection_enabled {
            found.termination_protection = protected;
        }
        dashboard::update(&mut txn, &mut found).await.map_err(Refusal::from)?;
        let output = UpdateDashboardResponse {
            created_timestamp: Some(found.created.into()),
            dashboard_arn: Some(found.arn()),
            refresh_schedule: found.schedule.as_deref().map(schedule::decode),
            termination_protection_enabled: Some(found.termination_protection),
            r#type: Some(DashboardType::Custom),
            updated_timestamp: Some(found.updated.into()),
            widgets: Some(widget::shown(&found.widgets)),
            name: Some(found.name),
        };
        let shown = serde_json::to_vec(&output).ok().and_then(|body| parameters::shown(&body));
        Ok(Changed { txn, output, shown, plan: None })
    }
}
