//! ListTrails: every trail of the account, of all Regions, in one page.

use cairn_api::errors::ListTrailsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{ListTrailsRequest, ListTrailsResponse, TrailInfo};
use cairn_gateway::Call;
use cairn_store::trail;

use crate::Services;
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::ListTrails {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListTrailsRequest,
    ) -> Result<ListTrailsResponse, Error> {
        if input.next_token.is_some() {
            let text = "The token is not valid: the first page is the last. Repeat the request \
                        without it.";
            return Err(Error::OperationNotPermitted(text.into()));
        }
        let trails =
            trail::list(&services.store, call.caller.account).await.map_err(Refusal::from)?;
        let trails = trails.into_iter().map(|trail| TrailInfo {
            home_region: Some(trail.home_region.to_string()),
            trail_arn: Some(trail.arn()),
            name: Some(trail.name),
        });
        Ok(ListTrailsResponse { next_token: None, trails: Some(trails.collect()) })
    }
}
