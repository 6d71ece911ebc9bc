//! DisableFederation: the table is in no catalog any more; nothing of it is lost.

use cairn_api::errors::DisableFederationError as Error;
use cairn_api::operations;
use cairn_api::shapes::{DisableFederationRequest, DisableFederationResponse, FederationStatus};
use cairn_gateway::{Call, present};
use cairn_store::event_data_store;

use super::active_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::DisableFederation {
    async fn change(
        services: &Services,
        call: &Call,
        input: DisableFederationRequest,
    ) -> Result<Changed<DisableFederationResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut store = active_for_change(&mut txn, call, &input.event_data_store).await?;
        let arn = store.arn();
        if store.federation_role.take().is_none() {
            let text = format!("Lake query federation is not enabled for {arn}.");
            return Err(Refusal::new(Why::InvalidParameter, text).into());
        }
        event_data_store::update(&mut txn, &mut store).await.map_err(Refusal::from)?;
        let shown = present([
            ("eventDataStoreArn", Some(arn.clone().into())),
            ("federationStatus", Some("DISABLING".into())),
        ]);
        let output = DisableFederationResponse {
            event_data_store_arn: Some(arn),
            federation_status: Some(FederationStatus::Disabling),
        };
        Ok(Changed { txn, output, shown: Some(shown), plan: None })
    }
}
