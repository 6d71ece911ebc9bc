//! CreateDashboard: a custom dashboard, or the one that shows highlights.

use cairn_api::errors::CreateDashboardError as Error;
use cairn_api::operations;
use cairn_api::shapes::{CreateDashboardRequest, CreateDashboardResponse, DashboardType};
use cairn_core::{AccountId, Region, Timestamp};
use cairn_event::Json;
use cairn_gateway::Call;
use cairn_store::{Dashboard, StoreError, Txn, dashboard, tag};

use super::board::HIGHLIGHTS;
use super::{highlights, managed, parameters, schedule, widget};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::query::Owner;
use crate::refusal::{Refusal, Why};
use crate::tag::{tags, too_many};

/// Custom dashboards of an account in a Region.
const DASHBOARDS: usize = 100;

impl Change for operations::CreateDashboard {
    fn invalid(input: &CreateDashboardRequest) -> Option<String> {
        let widgets = input.widgets.as_deref().unwrap_or_default();
        if input.name == HIGHLIGHTS && !widgets.is_empty() {
            return Some("The Highlights dashboard has widgets of its own".to_owned());
        }
        if input.name == HIGHLIGHTS && !schedule::is_of_highlights(input.refresh_schedule.as_ref())
        {
            let text = "The Highlights dashboard needs an enabled refresh schedule of 6 HOURS";
            return Some(text.to_owned());
        }
        let schedule = input.refresh_schedule.as_ref().and_then(schedule::invalid);
        schedule.or_else(|| widget::invalid(widgets))
    }

    fn parameters(call: &Call) -> Option<Json> {
        parameters::shown(&call.body)
    }

    async fn change(
        services: &Services,
        call: &Call,
        input: CreateDashboardRequest,
    ) -> Result<Changed<CreateDashboardResponse>, Error> {
        let given = input.tags_list.unwrap_or_default();
        let kept = tags(&given)?;
        if managed::widgets(&input.name).is_some() {
            return Err(taken(&input.name).into());
        }
        let widgets = match &*input.name {
            HIGHLIGHTS => highlights::widgets(),
            _ => {
                let owner = Owner::of(call, None)?;
                widget::checked(services, owner, input.widgets.unwrap_or_default()).await?
            }
        };
        let new = Dashboard {
            id: String::new(),
            account: call.caller.account,
            region: call.region.clone(),
            name: input.name,
            widgets,
            schedule: input.refresh_schedule.as_ref().map(schedule::encode),
            termination_protection: input.termination_protection_enabled.unwrap_or(false),
            created: Timestamp::EPOCH,
            updated: Timestamp::EPOCH,
        };
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let made = make(&mut txn, new).await?;
        tag::put(&mut txn, &made.arn(), &kept).await.map_err(|error| {
            let refusal = too_many(error);
            let why = match refusal.why {
                Why::TagsLimitExceeded => Why::InvalidTagParameter,
                why => why,
            };
            Refusal { why, ..refusal }
        })?;
        let output = CreateDashboardResponse {
            dashboard_arn: Some(made.arn()),
            refresh_schedule: made.schedule.as_deref().map(schedule::decode),
            tags_list: Some(given),
            termination_protection_enabled: Some(made.termination_protection),
            r#type: Some(DashboardType::Custom),
            widgets: Some(widget::shown(&made.widgets)),
            name: Some(made.name),
        };
        let shown = serde_json::to_vec(&output).ok().and_then(|body| parameters::shown(&body));
        Ok(Changed { txn, output, shown, plan: None })
    }
}

async fn make(txn: &mut Txn, new: Dashboard) -> Result<Dashboard, Refusal> {
    check_room(txn, new.account, &new.region).await?;
    let name = new.name.clone();
    dashboard::create(txn, new).await.map_err(|error| match error {
        StoreError::AlreadyExists { .. } => taken(&name),
        other => other.into(),
    })
}

async fn check_room(txn: &mut Txn, account: AccountId, region: &Region) -> Result<(), Refusal> {
    if dashboard::count(txn, account, region).await? >= DASHBOARDS {
        let text = format!("You can have at most {DASHBOARDS} custom dashboards in a Region.");
        return Err(Refusal::new(Why::ServiceQuotaExceeded, text));
    }
    Ok(())
}

fn taken(name: &str) -> Refusal {
    Refusal::new(Why::Conflict, format!("A dashboard with the name {name} already exists."))
}
