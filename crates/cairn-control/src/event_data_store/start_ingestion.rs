//! StartEventDataStoreIngestion: events go in from the record of this call on.

use cairn_api::errors::StartEventDataStoreIngestionError as Error;
use cairn_api::shapes::{
    StartEventDataStoreIngestionRequest, StartEventDataStoreIngestionResponse,
};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::EventDataStore;
use cairn_store::event_data_store::{self, Schema, Status};

use super::{find_for_change, plan};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::StartEventDataStoreIngestion {
    async fn change(
        services: &Services,
        call: &Call,
        input: StartEventDataStoreIngestionRequest,
    ) -> Result<Changed<StartEventDataStoreIngestionResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut store = find_for_change(&mut txn, call, &input.event_data_store).await?;
        check(&store, Status::StoppedIngestion)?;
        store.ingesting = true;
        event_data_store::update(&mut txn, &mut store).await.map_err(Refusal::from)?;
        let plan = Some(plan(&mut txn, &store, Self::NAME).await?);
        Ok(Changed { txn, output: StartEventDataStoreIngestionResponse {}, shown: None, plan })
    }
}

/// Whether the ingestion of a store can be turned: only of some categories, and from one status.
pub(super) fn check(store: &EventDataStore, from: Status) -> Result<(), Refusal> {
    let arn = store.arn();
    if !matches!(store.schema, Schema::Events | Schema::ConfigurationItems) {
        let text = format!(
            "The event data store {arn} does not have an event category of Management, Data, \
             NetworkActivity or ConfigurationItem."
        );
        return Err(Refusal::new(Why::InvalidEventDataStoreCategory, text));
    }
    if store.status != from {
        let (status, from) = (store.status.as_str(), from.as_str());
        let text = format!("The status of the event data store {arn} is {status}, not {from}.");
        return Err(Refusal::new(Why::InvalidEventDataStoreStatus, text));
    }
    Ok(())
}
