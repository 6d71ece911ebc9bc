//! GetInsightSelectors.

use cairn_api::errors::GetInsightSelectorsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetInsightSelectorsRequest, GetInsightSelectorsResponse, InsightSelector};
use cairn_gateway::Call;

use super::find::find;
use super::insights::Source;
use crate::Services;
use crate::event_data_store::get_insights as get_of_store;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

impl Serve for operations::GetInsightSelectors {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetInsightSelectorsRequest,
    ) -> Result<GetInsightSelectorsResponse, Error> {
        let store = input.event_data_store.as_deref();
        let name = match Source::of(input.trail_name.as_deref(), store)? {
            Source::Trail(name) => name,
            Source::Store(store) => return Ok(get_of_store(services, call, store).await?),
        };
        let trail = find(&services.store, call, name).await?;
        let arn = trail.arn();
        let Some(text) = &trail.insights else {
            let text = format!(
                "Trail {arn} does not have Insights enabled. Edit the trail settings to enable \
                 Insights, and then try the operation again."
            );
            return Err(Refusal::new(Why::InsightNotEnabled, text).into());
        };
        let selectors: Vec<InsightSelector> = serde_json::from_str(text).map_err(|error| {
            let text = format!("the insight selectors of {} are damaged: {error}", trail.id);
            Refusal::new(Why::Internal, text)
        })?;
        Ok(GetInsightSelectorsResponse {
            event_data_store_arn: None,
            insight_selectors: Some(selectors),
            insights_destination: None,
            trail_arn: Some(arn),
        })
    }
}
