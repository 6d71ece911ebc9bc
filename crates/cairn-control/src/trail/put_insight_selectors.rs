//! PutInsightSelectors: which unusual activity a trail or an event data store is watched for. An
//! empty list ends it.

use cairn_api::errors::PutInsightSelectorsError as Error;
use cairn_api::operations;
use cairn_api::shapes::{PutInsightSelectorsRequest, PutInsightSelectorsResponse};
use cairn_event::selector::{InsightSelector, Scope};
use cairn_gateway::Call;
use cairn_store::trail;
use serde_json::json;

use super::check::{self, Subject};
use super::find::find_for_change;
use super::insights::Source;
use super::selectors::{elements, encode, of, recast};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::event_data_store::put_insights as put_of_store;
use crate::refusal::{Refusal, Why};

impl Change for operations::PutInsightSelectors {
    async fn change(
        services: &Services,
        call: &Call,
        input: PutInsightSelectorsRequest,
    ) -> Result<Changed<PutInsightSelectorsResponse>, Error> {
        let list: Vec<InsightSelector> = recast(&input.insight_selectors)?;
        match Source::of(input.trail_name.as_deref(), input.event_data_store.as_deref())? {
            Source::Trail(name) => {
                if input.insights_destination.is_some() {
                    let text = "You cannot specify InsightsDestination for a trail.";
                    return Err(Refusal::new(Why::InvalidParameterCombination, text).into());
                }
                Ok(put(services, call, name, &list).await?)
            }
            Source::Store(store) => {
                let to = input.insights_destination.as_deref();
                Ok(put_of_store(services, call, (store, to), &list).await?)
            }
        }
    }
}

async fn put(
    services: &Services,
    call: &Call,
    name: &str,
    list: &[InsightSelector],
) -> Result<Changed<PutInsightSelectorsResponse>, Refusal> {
    // Not within the change: the bucket's store answers at its own pace.
    let mut txn = services.store.begin().await?;
    let trail = find_for_change(&mut txn, call, name).await?;
    drop(txn);
    let arn = trail.arn();
    let subject = Subject { account: trail.account, home_region: &trail.home_region, arn: &arn };
    check::bucket(services, subject, &trail.settings).await?;
    let mut txn = services.store.begin().await?;
    let mut trail = find_for_change(&mut txn, call, name).await?;
    InsightSelector::validate(list, &of(&trail)?, Scope::Trail)
        .map_err(|error| Refusal::new(Why::InvalidInsightSelectors, error.to_string()))?;
    trail.insights = if list.is_empty() { None } else { Some(encode(&list)?) };
    trail::update(&mut txn, &trail).await?;
    let shown = elements(&trail, &json!({ "InsightSelectors": list }).to_string());
    let output = PutInsightSelectorsResponse {
        event_data_store_arn: None,
        insight_selectors: Some(recast(&list)?),
        insights_destination: None,
        trail_arn: Some(arn),
    };
    Ok(Changed { txn, output, shown, plan: None })
}
