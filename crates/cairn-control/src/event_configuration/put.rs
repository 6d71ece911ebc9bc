//! PutEventConfiguration: of an event data store, from the record of this call on.

use cairn_api::errors::PutEventConfigurationError as Error;
use cairn_api::shapes::{PutEventConfigurationRequest, PutEventConfigurationResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::{Call, response_elements};
use cairn_store::trail;
use serde_json::json;

use super::aggregation::Aggregation;
use super::conflicting;
use super::enrichment::{Enrichment, check_category};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::event_data_store::{active_for_change, plan};
use crate::refusal::Refusal;
use crate::trail::{Source, encode, find_for_change};

type Done = Changed<PutEventConfigurationResponse>;

impl Change for operations::PutEventConfiguration {
    async fn change(
        services: &Services,
        call: &Call,
        input: PutEventConfigurationRequest,
    ) -> Result<Done, Error> {
        match Source::of(input.trail_name.as_deref(), input.event_data_store.as_deref())? {
            Source::Trail(name) => Ok(of_trail(services, call, name, &input).await?),
            Source::Store(given) => Ok(of_store(services, call, given, &input).await?),
        }
    }
}

async fn of_trail(
    services: &Services,
    call: &Call,
    name: &str,
    input: &PutEventConfigurationRequest,
) -> Result<Done, Refusal> {
    if input.max_event_size.is_some() || input.context_key_selectors.is_some() {
        let text = "MaxEventSize and ContextKeySelectors are for event data stores.";
        return Err(conflicting(text));
    }
    let given = input.aggregation_configurations.as_deref().map(Aggregation::given).transpose()?;
    let mut txn = services.store.begin().await?;
    let mut trail = find_for_change(&mut txn, call, name).await?;
    // What is not given stays.
    let given = given.map_or_else(|| Aggregation::of(&trail), Ok)?;
    trail.event_configuration = Some(encode(&given)?);
    trail::update(&mut txn, &trail).await?;
    let list = given.aggregation_configurations;
    let shown = json!({ "TrailARN": trail.arn(), "AggregationConfigurations": list });
    let output = PutEventConfigurationResponse {
        trail_arn: Some(trail.arn()),
        aggregation_configurations: Some(list),
        ..PutEventConfigurationResponse::default()
    };
    Ok(Changed { txn, output, shown: response_elements(&shown), plan: None })
}

async fn of_store(
    services: &Services,
    call: &Call,
    given: &str,
    input: &PutEventConfigurationRequest,
) -> Result<Done, Refusal> {
    if input.aggregation_configurations.is_some() {
        return Err(conflicting("AggregationConfigurations are for trails."));
    }
    let mut txn = services.store.begin().await?;
    let mut store = active_for_change(&mut txn, call, given).await?;
    check_category(&store)?;
    let (size, keys) = (input.max_event_size.as_ref(), input.context_key_selectors.as_ref());
    let enrichment = Enrichment::of(&store)?.with(&store, size, keys)?;
    store.event_configuration = Some(encode(&enrichment)?);
    cairn_store::event_data_store::update(&mut txn, &mut store).await?;
    let Enrichment { max_event_size, context_key_selectors } = enrichment;
    let shown = json!({
        "EventDataStoreArn": store.arn(),
        "MaxEventSize": max_event_size,
        "ContextKeySelectors": context_key_selectors,
    });
    let output = PutEventConfigurationResponse {
        event_data_store_arn: Some(store.arn()),
        max_event_size: Some(max_event_size),
        context_key_selectors: Some(context_key_selectors),
        ..PutEventConfigurationResponse::default()
    };
    let reason = operations::PutEventConfiguration::NAME;
    let plan = Some(plan(&mut txn, &store, reason).await?);
    Ok(Changed { txn, output, shown: response_elements(&shown), plan })
}
