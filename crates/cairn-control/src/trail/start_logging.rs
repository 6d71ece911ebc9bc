//! StartLogging: a trail delivers from the record of this call on.

use cairn_api::errors::StartLoggingError as Error;
use cairn_api::shapes::{StartLoggingRequest, StartLoggingResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::trail;

use super::abilities::plan;
use super::find::find_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::StartLogging {
    async fn change(
        services: &Services,
        call: &Call,
        input: StartLoggingRequest,
    ) -> Result<Changed<StartLoggingResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut trail = find_for_change(&mut txn, call, &input.name).await?;
        let changes = !trail.logging;
        trail.logging = true;
        trail.started = Some(services.clock.now());
        // To start once more changes nothing for delivery.
        let plan = changes.then(|| plan(&trail, Self::NAME));
        trail::update(&mut txn, &trail).await.map_err(Refusal::from)?;
        Ok(Changed { txn, output: StartLoggingResponse {}, shown: None, plan })
    }
}
