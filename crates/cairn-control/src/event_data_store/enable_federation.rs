//! EnableFederation: the table is shown to other engines, in the catalog.

use cairn_api::errors::EnableFederationError as Error;
use cairn_api::operations;
use cairn_api::shapes::{EnableFederationRequest, EnableFederationResponse, FederationStatus};
use cairn_core::{AccountId, Arn};
use cairn_gateway::{Call, present};
use cairn_store::event_data_store;

use super::active_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::EnableFederation {
    async fn change(
        services: &Services,
        call: &Call,
        input: EnableFederationRequest,
    ) -> Result<Changed<EnableFederationResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut store = active_for_change(&mut txn, call, &input.event_data_store).await?;
        check_role(&input.federation_role_arn, store.account)?;
        let arn = store.arn();
        if store.federation_role.is_some() {
            let text = format!("Lake query federation is already enabled for {arn}.");
            return Err(Refusal::new(Why::EventDataStoreFederationEnabled, text).into());
        }
        let role = input.federation_role_arn;
        store.federation_role = Some(role.clone());
        event_data_store::update(&mut txn, &mut store).await.map_err(Refusal::from)?;
        let shown = present([
            ("eventDataStoreArn", Some(arn.clone().into())),
            ("federationStatus", Some("ENABLING".into())),
            ("federationRoleArn", Some(role.clone().into())),
        ]);
        let output = EnableFederationResponse {
            event_data_store_arn: Some(arn),
            federation_role_arn: Some(role),
            federation_status: Some(FederationStatus::Enabling),
        };
        Ok(Changed { txn, output, shown: Some(shown), plan: None })
    }
}

/// A role of the account.
fn check_role(role: &str, account: AccountId) -> Result<(), Refusal> {
    let arn = Arn::parse(role).filter(|arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        arn.service == "iam" && arn.account_id() == Some(account) && !name.is_empty()
    });
    match arn {
        Some(_) => Ok(()),
        None => {
            let text = format!("The federation role ARN {role} is not valid.");
            Err(Refusal::new(Why::InvalidParameter, text))
        }
    }
}
