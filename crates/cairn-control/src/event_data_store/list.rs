//! ListEventDataStores: those at home in the call's Region, by name.

use cairn_api::errors::ListEventDataStoresError as Error;
use cairn_api::shapes::{EventDataStore, ListEventDataStoresRequest, ListEventDataStoresResponse};
use cairn_api::{Invalid, operations};
use cairn_gateway::Call;
use cairn_store::event_data_store;

use crate::Services;
use crate::page::{Asked, page};
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::ListEventDataStores {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListEventDataStoresRequest,
    ) -> Result<ListEventDataStoresResponse, Error> {
        let stores = event_data_store::list(&services.store, call.caller.account).await;
        let mut stores = stores.map_err(Refusal::from)?;
        stores.retain(|store| store.home_region == call.region);
        let token = input.next_token.as_deref();
        let asked = Asked { limit: input.max_results, token, filters: &[] };
        let (stores, next_token) =
            page(services, call, stores, asked, |store| &store.settings.name)?;
        let shown = stores.into_iter().map(|store| EventDataStore {
            event_data_store_arn: Some(store.arn()),
            name: Some(store.settings.name),
            ..EventDataStore::default()
        });
        Ok(ListEventDataStoresResponse { event_data_stores: Some(shown.collect()), next_token })
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let message = invalid.to_string();
        match first.path.split('.').next()? {
            "maxResults" => Some(Error::InvalidMaxResults(message.into())),
            "nextToken" => Some(Error::InvalidNextToken(message.into())),
            _ => None,
        }
    }
}
