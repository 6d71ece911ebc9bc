//! GetEventSelectors: the kind that is in force.

use cairn_api::errors::GetEventSelectorsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetEventSelectorsRequest, GetEventSelectorsResponse};
use cairn_gateway::Call;

use super::find::find;
use super::selectors::{lists, of};
use crate::Services;
use crate::table::Serve;

impl Serve for operations::GetEventSelectors {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetEventSelectorsRequest,
    ) -> Result<GetEventSelectorsResponse, Error> {
        let trail = find(&services.store, call, &input.trail_name).await?;
        let (event_selectors, advanced_event_selectors) = lists(&of(&trail)?)?;
        Ok(GetEventSelectorsResponse {
            advanced_event_selectors,
            event_selectors,
            trail_arn: Some(trail.arn()),
        })
    }
}
