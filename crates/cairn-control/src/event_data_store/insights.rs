//! Insights of event data stores: which unusual activity is looked for in one, and the store that
//! it is put into.

use cairn_api::shapes::{GetInsightSelectorsResponse, PutInsightSelectorsResponse};
use cairn_event::Json;
use cairn_event::selector::{InsightSelector, Scope};
use cairn_gateway::{Call, present};
use cairn_store::event_data_store::{self, Schema};
use cairn_store::{EventDataStore, Txn};
use serde_json::json;

use super::{active_for_change, find, of};
use crate::Services;
use crate::effect::Changed;
use crate::refusal::{Refusal, Why};
use crate::trail::{encode, recast};

/// PutInsightSelectors of an event data store. An empty list ends it.
pub(crate) async fn put(
    services: &Services,
    call: &Call,
    (given, to): (&str, Option<&str>),
    list: &[InsightSelector],
) -> Result<Changed<PutInsightSelectorsResponse>, Refusal> {
    let mut txn = services.store.begin().await?;
    let found = active_for_change(&mut txn, call, given).await;
    let mut store = found.map_err(unnamed)?;
    if store.schema != Schema::Events {
        let text = format!("The event data store {} does not have CloudTrail events.", store.arn());
        return Err(Refusal::new(Why::InvalidParameter, text));
    }
    InsightSelector::validate(list, &of(&store)?, Scope::EventDataStore)
        .map_err(|error| Refusal::new(Why::InvalidInsightSelectors, error.to_string()))?;
    let to = match (list.is_empty(), to) {
        (true, _) => None,
        (false, Some(to)) => Some(destination(&mut txn, call, to).await?),
        (false, None) => {
            let text = "You must specify InsightsDestination for an event data store.";
            return Err(Refusal::new(Why::InvalidParameter, text));
        }
    };
    store.insights = if list.is_empty() { None } else { Some(encode(&list)?) };
    store.insights_destination = to.as_ref().map(|to| to.id.clone());
    event_data_store::update(&mut txn, &mut store).await?;
    let to = to.map(|to| to.arn());
    let shown = shown(&store, to.clone(), list);
    let output = PutInsightSelectorsResponse {
        event_data_store_arn: Some(store.arn()),
        insight_selectors: Some(recast(&list)?),
        insights_destination: to,
        trail_arn: None,
    };
    Ok(Changed { txn, output, shown: Some(shown), plan: None })
}

/// GetInsightSelectors of an event data store.
pub(crate) async fn get(
    services: &Services,
    call: &Call,
    given: &str,
) -> Result<GetInsightSelectorsResponse, Refusal> {
    let store = find(&services.store, call, given).await.map_err(unnamed)?;
    let arn = store.arn();
    let Some(text) = &store.insights else {
        let text = format!(
            "Event data store {arn} does not have Insights enabled. Edit the event data store \
             settings to enable Insights, and then try the operation again."
        );
        return Err(Refusal::new(Why::InsightNotEnabled, text));
    };
    let selectors = serde_json::from_str(text).map_err(|error| {
        let text = format!("the insight selectors of {} are damaged: {error}", store.id);
        Refusal::new(Why::Internal, text)
    })?;
    let to = store.insights_destination.as_ref();
    let to = to.map(|id| event_data_store::arn(store.account, &store.home_region, id));
    Ok(GetInsightSelectorsResponse {
        event_data_store_arn: Some(arn),
        insight_selectors: Some(selectors),
        insights_destination: to,
        trail_arn: None,
    })
}

async fn destination(txn: &mut Txn, call: &Call, given: &str) -> Result<EventDataStore, Refusal> {
    let found = active_for_change(txn, call, given).await.map_err(unnamed)?;
    if found.schema != Schema::Insights {
        let text = format!(
            "The event data store {} is no destination of Insights events: it was not created \
             for the Insight event category.",
            found.arn()
        );
        return Err(Refusal::new(Why::InvalidParameter, text));
    }
    Ok(found)
}

/// These operations have no names of their own for a store that is not there.
fn unnamed(refusal: Refusal) -> Refusal {
    let why = match refusal.why {
        Why::EventDataStoreARNInvalid
        | Why::EventDataStoreNotFound
        | Why::InactiveEventDataStore => Why::InvalidParameter,
        why => why,
    };
    Refusal { why, ..refusal }
}

fn shown(store: &EventDataStore, to: Option<String>, list: &[InsightSelector]) -> Json {
    let mut selectors = Json::parse(json!(list).to_string().as_bytes()).ok();
    if let Some(selectors) = &mut selectors {
        selectors.lower_camel();
    }
    present([
        ("eventDataStoreArn", Some(store.arn().into())),
        ("insightsDestination", to.map(Json::from)),
        ("insightSelectors", selectors),
    ])
}
