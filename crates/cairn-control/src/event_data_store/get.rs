//! GetEventDataStore.

use cairn_api::errors::GetEventDataStoreError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetEventDataStoreRequest, GetEventDataStoreResponse};
use cairn_gateway::Call;

use super::find::find;
use super::view::view;
use crate::Services;
use crate::table::Serve;

impl Serve for operations::GetEventDataStore {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetEventDataStoreRequest,
    ) -> Result<GetEventDataStoreResponse, Error> {
        let store = find(&services.store, call, &input.event_data_store).await?;
        Ok(view(&store)?)
    }
}
