//! DeleteEventDataStore: nothing goes in any more, and seven days later the store is gone.

use cairn_api::errors::DeleteEventDataStoreError as Error;
use cairn_api::shapes::{DeleteEventDataStoreRequest, DeleteEventDataStoreResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::event_data_store::{self, Status};
use cairn_store::{EventDataStore, Txn, channel};

use super::{active_for_change, plan};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::import::refuse_importing;
use crate::refusal::{Refusal, Why};

impl Change for operations::DeleteEventDataStore {
    async fn change(
        services: &Services,
        call: &Call,
        input: DeleteEventDataStoreRequest,
    ) -> Result<Changed<DeleteEventDataStoreResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut store = active_for_change(&mut txn, call, &input.event_data_store).await?;
        check(&mut txn, &store).await?;
        store.deleted = Some(services.clock.now());
        store.status = Status::PendingDeletion;
        event_data_store::update(&mut txn, &mut store).await.map_err(Refusal::from)?;
        let plan = Some(plan(&mut txn, &store, Self::NAME).await?);
        Ok(Changed { txn, output: DeleteEventDataStoreResponse {}, shown: None, plan })
    }
}

async fn check(txn: &mut Txn, store: &EventDataStore) -> Result<(), Refusal> {
    let arn = store.arn();
    let refuse = |why, text: String| Err(Refusal::new(why, text));
    if store.settings.termination_protection {
        let text = format!(
            "The event data store {arn} cannot be deleted because termination protection is \
             enabled for it."
        );
        return refuse(Why::EventDataStoreTerminationProtected, text);
    }
    if store.federation_role.is_some() {
        let text = format!(
            "The event data store {arn} cannot be deleted because Lake query federation is \
             enabled. Disable federation, and then try the operation again."
        );
        return refuse(Why::EventDataStoreFederationEnabled, text);
    }
    refuse_importing(txn, store).await?;
    if !channel::feeding(txn, &store.id).await?.is_empty() {
        let text = format!(
            "The event data store {arn} cannot be deleted because it is the destination of a \
             channel. Remove it from the channel, and then try the operation again."
        );
        return refuse(Why::ChannelExistsForEDS, text);
    }
    Ok(())
}
