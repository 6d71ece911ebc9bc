//! RestoreEventDataStore: within seven days a deleted store goes on as it was.

use cairn_api::errors::RestoreEventDataStoreError as Error;
use cairn_api::shapes::{RestoreEventDataStoreRequest, RestoreEventDataStoreResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::event_data_store::{self, Status};

use super::view::{elements, restored};
use super::{find_for_change, plan};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::RestoreEventDataStore {
    async fn change(
        services: &Services,
        call: &Call,
        input: RestoreEventDataStoreRequest,
    ) -> Result<Changed<RestoreEventDataStoreResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut store = find_for_change(&mut txn, call, &input.event_data_store).await?;
        if !store.is_pending_deletion() {
            let (arn, status) = (store.arn(), store.status.as_str());
            let text = format!(
                "The event data store {arn} cannot be restored: its status is {status}, not \
                 PENDING_DELETION."
            );
            return Err(Refusal::new(Why::InvalidEventDataStoreStatus, text).into());
        }
        store.deleted = None;
        store.status = if store.ingesting { Status::Enabled } else { Status::StoppedIngestion };
        event_data_store::update(&mut txn, &mut store).await.map_err(Refusal::from)?;
        let output = restored(&store)?;
        let plan = Some(plan(&mut txn, &store, Self::NAME).await?);
        Ok(Changed { txn, output, shown: Some(elements(&store)), plan })
    }
}
