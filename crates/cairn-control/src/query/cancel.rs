//! CancelQuery.

use cairn_api::errors::CancelQueryError as Error;
use cairn_api::operations;
use cairn_api::shapes::{CancelQueryRequest, CancelQueryResponse};
use cairn_event::Json;
use cairn_gateway::Call;
use cairn_store::query::{self, QueryStatus};

use super::find::{Name, Said, find};
use super::source::Action;
use super::view;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::CancelQuery {
    const ADMIN: bool = false;

    async fn change(
        services: &Services,
        call: &Call,
        input: CancelQueryRequest,
    ) -> Result<Changed<CancelQueryResponse>, Error> {
        let said = Said {
            store: input.event_data_store.as_deref(),
            owner: input.event_data_store_owner_account_id.as_deref(),
        };
        let name = Name::Id(&input.query_id);
        let query = find(services, call, name, said, Action::CancelQuery).await?;
        let done = view::statistics(services, &query);
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        // It may have ended since it was found.
        if !query::cancel(&mut txn, &query.id, &done).await.map_err(Refusal::from)? {
            let text = format!("The query {} is not in a state that can be cancelled.", query.id);
            return Err(Refusal::new(Why::InactiveQuery, text).into());
        }
        let status = view::status(QueryStatus::Cancelled);
        let shown =
            Json::map([("queryId", query.id.clone()), ("queryStatus", status.as_str().to_owned())]);
        let output = CancelQueryResponse {
            event_data_store_owner_account_id: view::owner(&query),
            query_id: query.id,
            query_status: status,
        };
        Ok(Changed { txn, output, shown: Some(shown), plan: None })
    }

    async fn after(services: &Services, _call: &Call, output: &CancelQueryResponse) {
        services.lake.cancel(&output.query_id);
    }
}
