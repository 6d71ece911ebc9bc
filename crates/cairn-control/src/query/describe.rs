//! DescribeQuery: how far a query is, and what it has cost.

use cairn_api::errors::DescribeQueryError as Error;
use cairn_api::operations;
use cairn_api::shapes::{DescribeQueryRequest, DescribeQueryResponse};
use cairn_gateway::Call;

use super::find::{Name, Said, find_ended};
use super::source::Action;
use super::view;
use crate::Services;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

impl Serve for operations::DescribeQuery {
    async fn handle(
        services: &Services,
        call: &Call,
        input: DescribeQueryRequest,
    ) -> Result<DescribeQueryResponse, Error> {
        let said = Said {
            store: input.event_data_store.as_deref(),
            owner: input.event_data_store_owner_account_id.as_deref(),
        };
        let name = name(&input)?;
        let query = find_ended(services, call, name, said, Action::DescribeQuery).await?;
        let statistics = view::described(&query, view::statistics(services, &query));
        Ok(DescribeQueryResponse {
            delivery_status: query.delivery.map(view::delivery),
            event_data_store_owner_account_id: view::owner(&query),
            query_statistics: Some(statistics),
            query_status: Some(view::status(query.status)),
            delivery_s3_uri: query.delivery_uri,
            error_message: query.error,
            prompt: query.prompt,
            query_id: Some(query.id),
            query_string: Some(query.statement),
        })
    }
}

fn name(input: &DescribeQueryRequest) -> Result<Name<'_>, Refusal> {
    let refresh = input.refresh_id.as_deref();
    match (&input.query_id, &input.query_alias) {
        (Some(id), None) => Ok(Name::Id(id)),
        (None, Some(alias)) => Ok(Name::Alias(alias, refresh)),
        (Some(_), Some(_)) | (None, None) => {
            let text = "You must specify either a QueryId or a QueryAlias.";
            Err(Refusal::new(Why::InvalidParameter, text))
        }
    }
}
