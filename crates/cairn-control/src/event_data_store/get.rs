//! GetEventDataStore: an own one, or one whose policy lets the caller's account see it.

use cairn_api::errors::GetEventDataStoreError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetEventDataStoreRequest, GetEventDataStoreResponse};
use cairn_gateway::Call;

use super::find::find_shared;
use super::view::view;
use crate::Services;
use crate::table::Serve;

impl Serve for operations::GetEventDataStore {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetEventDataStoreRequest,
    ) -> Result<GetEventDataStoreResponse, Error> {
        let action = "cloudtrail:GetEventDataStore";
        let store = find_shared(&services.store, call, &input.event_data_store, action).await?;
        Ok(view(&store)?)
    }
}
