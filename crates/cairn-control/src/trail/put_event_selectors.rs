//! PutEventSelectors: what a trail delivers, from the record of this call on.

use cairn_api::errors::PutEventSelectorsError as Error;
use cairn_api::shapes::{PutEventSelectorsRequest, PutEventSelectorsResponse};
use cairn_api::{Operation, operations};
use cairn_event::selector::{InvalidSelectors, Quotas, Scope, Selectors};
use cairn_gateway::Call;
use cairn_store::trail;

use super::abilities::plan;
use super::find::find_for_change;
use super::selectors::{elements, encode, lists, recast};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::PutEventSelectors {
    async fn change(
        services: &Services,
        call: &Call,
        input: PutEventSelectorsRequest,
    ) -> Result<Changed<PutEventSelectorsResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut trail = find_for_change(&mut txn, call, &input.trail_name).await?;
        let selectors = given(&input, &services.quotas.selectors)?;
        let text = encode(&selectors)?;
        let shown = elements(&trail, &text);
        trail.selectors = Some(text);
        trail.custom_selectors = selectors.has_custom();
        trail::update(&mut txn, &trail).await.map_err(Refusal::from)?;
        let (event_selectors, advanced_event_selectors) = lists(&selectors)?;
        let output = PutEventSelectorsResponse {
            advanced_event_selectors,
            event_selectors,
            trail_arn: Some(trail.arn()),
        };
        Ok(Changed { txn, output, shown, plan: Some(plan(&trail, Self::NAME)) })
    }
}

/// What the request gives, if it is valid for a trail.
fn given(input: &PutEventSelectorsRequest, quotas: &Quotas) -> Result<Selectors, Refusal> {
    let invalid =
        |error: InvalidSelectors| Refusal::new(Why::InvalidEventSelectors, error.to_string());
    let basic = input.event_selectors.as_ref().map(recast).transpose()?;
    let advanced = input.advanced_event_selectors.as_ref().map(recast).transpose()?;
    let selectors = Selectors::of(basic, advanced).map_err(invalid)?;
    selectors.validate(Scope::Trail, quotas).map_err(invalid)?;
    Ok(selectors)
}
