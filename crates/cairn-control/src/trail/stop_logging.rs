//! StopLogging: a trail delivers up to the record of this call.

use cairn_api::errors::StopLoggingError as Error;
use cairn_api::shapes::{StopLoggingRequest, StopLoggingResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::trail;

use super::abilities::plan;
use super::find::find_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::StopLogging {
    async fn change(
        services: &Services,
        call: &Call,
        input: StopLoggingRequest,
    ) -> Result<Changed<StopLoggingResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut trail = find_for_change(&mut txn, call, &input.name).await?;
        let changes = trail.logging;
        trail.logging = false;
        trail.stopped = Some(services.clock.now());
        // To stop once more changes nothing for delivery.
        let plan = changes.then(|| plan(&trail, Self::NAME));
        trail::update(&mut txn, &trail).await.map_err(Refusal::from)?;
        Ok(Changed { txn, output: StopLoggingResponse {}, shown: None, plan })
    }
}
