//! DescribeTrails: the trails that a Region shows, or those that are named.

use cairn_api::errors::DescribeTrailsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{DescribeTrailsRequest, DescribeTrailsResponse};
use cairn_gateway::Call;
use cairn_store::{Trail, trail};

use super::name::Named;
use super::view::view;
use crate::Services;
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::DescribeTrails {
    async fn handle(
        services: &Services,
        call: &Call,
        input: DescribeTrailsRequest,
    ) -> Result<DescribeTrailsResponse, Error> {
        let mut trails =
            trail::list(&services.store, call.caller.account).await.map_err(Refusal::from)?;
        if input.include_shadow_trails == Some(false) {
            trails.retain(|trail| trail.home_region == call.region);
        }
        let named = input.trail_name_list.unwrap_or_default();
        let shown = if named.is_empty() {
            trails.retain(|trail| trail.is_visible_in(&call.region));
            trails
        } else {
            named_of(&trails, call, &named)?
        };
        let trail_list = Some(shown.iter().map(view).collect());
        Ok(DescribeTrailsResponse { trail_list })
    }
}

/// In the order that they are named in. What does not exist is left out: clients read an empty
/// list as "gone".
fn named_of(trails: &[Trail], call: &Call, named: &[String]) -> Result<Vec<Trail>, Refusal> {
    let mut found: Vec<Trail> = Vec::new();
    for given in named {
        let named = Named::parse(call, given)?;
        let is_it = |trail: &&Trail| {
            trail.account == named.account
                && trail.home_region == named.region
                && trail.name == named.name
        };
        if let Some(trail) = trails.iter().find(is_it)
            && !found.contains(trail)
        {
            found.push(trail.clone());
        }
    }
    Ok(found)
}
