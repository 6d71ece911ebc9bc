//! ListDashboards: custom ones and built-in ones, by name.

use cairn_api::errors::ListDashboardsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{
    DashboardDetail, DashboardType, ListDashboardsRequest, ListDashboardsResponse,
};
use cairn_gateway::Call;
use cairn_store::dashboard;

use super::managed;
use crate::Services;
use crate::page::{Asked, page};
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

impl Serve for operations::ListDashboards {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListDashboardsRequest,
    ) -> Result<ListDashboardsResponse, Error> {
        let (account, region) = (call.caller.account, &call.region);
        let custom = dashboard::list(&services.store, account, region).await;
        let custom = custom.map_err(Refusal::from)?.into_iter();
        let built_in = managed::names().map(|name| (name.to_owned(), DashboardType::Managed));
        let mut all: Vec<(String, DashboardType)> =
            custom.map(|found| (found.name, DashboardType::Custom)).chain(built_in).collect();
        all.retain(|(name, kind)| {
            let prefix = input.name_prefix.as_deref().unwrap_or_default();
            name.starts_with(prefix) && input.r#type.as_ref().is_none_or(|wanted| wanted == kind)
        });
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let kind = input.r#type.as_ref().map(DashboardType::as_str);
        let filters = [input.name_prefix.as_deref(), kind];
        let token = input.next_token.as_deref();
        let asked = Asked { limit: input.max_results, token, filters: &filters };
        let (list, next_token) =
            page(services, call, all, asked, |(name, _)| name).map_err(unnamed)?;
        let detail = |(name, kind): (String, DashboardType)| DashboardDetail {
            dashboard_arn: Some(dashboard::arn(account, region, &name)),
            r#type: Some(kind),
        };
        let dashboards = Some(list.into_iter().map(detail).collect());
        Ok(ListDashboardsResponse { dashboards, next_token })
    }

    fn wrong(input: &ListDashboardsRequest) -> Option<String> {
        let Some(DashboardType::Other(kind)) = &input.r#type else { return None };
        Some(format!(
            "1 validation error detected: Value '{kind:.128}' at 'type' failed to satisfy \
             constraint: Member must satisfy enum value set: [MANAGED, CUSTOM]"
        ))
    }
}

/// The operation has no name of its own for a token that is not valid.
fn unnamed(refusal: Refusal) -> Refusal {
    match refusal.why {
        Why::InvalidNextToken => Refusal { why: Why::UnsupportedOperation, ..refusal },
        _ => refusal,
    }
}
