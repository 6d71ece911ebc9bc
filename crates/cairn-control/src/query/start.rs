//! StartQuery: a query that waits for the lake.

use cairn_api::errors::StartQueryError as Error;
use cairn_api::operations;
use cairn_api::shapes::{StartQueryRequest, StartQueryResponse};
use cairn_core::{AccountId, Region};
use cairn_event::Json;
use cairn_gateway::Call;
use cairn_store::{NewQuery, Txn, query};

use super::source::Owner;
use super::statement::Asked;
use super::{CONCURRENT, delivery, plan};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::StartQuery {
    const ADMIN: bool = false;

    async fn change(
        services: &Services,
        call: &Call,
        input: StartQueryRequest,
    ) -> Result<Changed<StartQueryResponse>, Error> {
        let owner = Owner::of(call, input.event_data_store_owner_account_id.as_deref())?;
        let asked = Asked::of(services, call, &input).await?;
        let stores = plan::check(services, owner, &asked.statement).await?;
        let delivery_uri = input.delivery_s3_uri.as_deref().filter(|uri| !uri.is_empty());
        if let Some(uri) = delivery_uri {
            delivery::check(services, owner.account, &stores[0].arn(), uri).await?;
        }
        let ids: Vec<String> = stores.into_iter().map(|store| store.id).collect();
        let new = NewQuery {
            account: owner.account,
            region: &call.region,
            owner: owner.owner,
            stores: &ids,
            statement: &asked.statement,
            alias: asked.alias.as_deref(),
            refresh: None,
            prompt: asked.prompt.as_deref(),
            delivery_uri,
        };
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        room(&mut txn, owner.account, &call.region, 1).await?;
        let query = query::insert(&mut txn, new).await.map_err(Refusal::from)?;
        let shown = Some(Json::map([("queryId", query.id.clone())]));
        let output = StartQueryResponse {
            event_data_store_owner_account_id: input.event_data_store_owner_account_id,
            query_id: Some(query.id),
        };
        Ok(Changed { txn, output, shown, plan: None })
    }

    async fn after(services: &Services, _call: &Call, _output: &StartQueryResponse) {
        services.lake.wake();
    }
}

/// Whether the account may have so many queries more.
pub(crate) async fn room(
    txn: &mut Txn,
    account: AccountId,
    region: &Region,
    more: usize,
) -> Result<(), Refusal> {
    let active = query::active(txn, account, region).await?;
    if active + more > CONCURRENT {
        let text = format!(
            "You are already running the maximum number of concurrent queries. The maximum number \
             of concurrent queries is {CONCURRENT}. Wait a minute for some queries to finish, and \
             then run the query again."
        );
        return Err(Refusal::new(Why::MaxConcurrentQueries, text));
    }
    Ok(())
}
