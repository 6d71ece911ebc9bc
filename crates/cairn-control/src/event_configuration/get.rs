//! GetEventConfiguration.

use cairn_api::errors::GetEventConfigurationError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetEventConfigurationRequest, GetEventConfigurationResponse};
use cairn_gateway::Call;

use super::aggregation::Aggregation;
use super::enrichment::{Enrichment, check_category};
use crate::Services;
use crate::event_data_store;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;
use crate::trail::{Source, find};

impl Serve for operations::GetEventConfiguration {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetEventConfigurationRequest,
    ) -> Result<GetEventConfigurationResponse, Error> {
        match Source::of(input.trail_name.as_deref(), input.event_data_store.as_deref())? {
            Source::Trail(name) => {
                let trail = find(&services.store, call, name).await?;
                let list = Aggregation::of(&trail)?.aggregation_configurations;
                Ok(GetEventConfigurationResponse {
                    trail_arn: Some(trail.arn()),
                    aggregation_configurations: Some(list),
                    ..GetEventConfigurationResponse::default()
                })
            }
            Source::Store(given) => {
                let store = event_data_store::find(&services.store, call, given).await?;
                check_category(&store)?;
                if store.is_pending_deletion() {
                    let text = format!("The status of {} is PENDING_DELETION.", store.arn());
                    return Err(Refusal::new(Why::InvalidEventDataStoreStatus, text).into());
                }
                let enrichment = Enrichment::of(&store)?;
                Ok(GetEventConfigurationResponse {
                    event_data_store_arn: Some(store.arn()),
                    max_event_size: Some(enrichment.max_event_size),
                    context_key_selectors: Some(enrichment.context_key_selectors),
                    ..GetEventConfigurationResponse::default()
                })
            }
        }
    }
}
