//! StopEventDataStoreIngestion: events go in up to the record of this call.

use cairn_api::errors::StopEventDataStoreIngestionError as Error;
use cairn_api::shapes::{StopEventDataStoreIngestionRequest, StopEventDataStoreIngestionResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::event_data_store::{self, Status};

use super::start_ingestion::check;
use super::{find_for_change, plan};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::StopEventDataStoreIngestion {
    async fn change(
        services: &Services,
        call: &Call,
        input: StopEventDataStoreIngestionRequest,
    ) -> Result<Changed<StopEventDataStoreIngestionResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut store = find_for_change(&mut txn, call, &input.event_data_store).await?;
        check(&store, Status::Enabled)?;
        store.ingesting = false;
        event_data_store::update(&mut txn, &mut store).await.map_err(Refusal::from)?;
        let plan = Some(plan(&mut txn, &store, Self::NAME).await?);
        Ok(Changed { txn, output: StopEventDataStoreIngestionResponse {}, shown: None, plan })
    }
}
