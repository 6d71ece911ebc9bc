//! GetQueryResults: the rows of a query, page by page.

use std::collections::BTreeMap;

use cairn_api::errors::GetQueryResultsError as Error;
use cairn_api::shapes::{GetQueryResultsRequest, GetQueryResultsResponse};
use cairn_api::{Invalid, operations};
use cairn_core::AccountId;
use cairn_gateway::Call;
use cairn_ports::lake::{LakeError, Row};
use cairn_store::Query;
use cairn_store::query::QueryStatus;

use super::find::{Name, Said, find_ended};
use super::source::Action;
use super::view;
use crate::Services;
use crate::lookup::Binding;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

/// Rows of a page that does not say how many it wants.
const ROWS: usize = 1000;
/// A page that has so many bytes of text is full, whatever its rows.
const BYTES: usize = 8 * 1024 * 1024;

impl Serve for operations::GetQueryResults {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetQueryResultsRequest,
    ) -> Result<GetQueryResultsResponse, Error> {
        let said = Said {
            store: input.event_data_store.as_deref(),
            owner: input.event_data_store_owner_account_id.as_deref(),
        };
        let name = Name::Id(&input.query_id);
        let query = find_ended(services, call, name, said, Action::GetQueryResults).await?;
        let binding = binding(call.caller.account, &query);
        let from = from(services, input.next_token.as_deref(), &binding)?;
        let limit = input.max_query_results.map_or(ROWS, |limit| limit.max(1) as usize);
        let rows = match query.status {
            QueryStatus::Queued | QueryStatus::Running => Vec::new(),
            QueryStatus::Failed | QueryStatus::Cancelled => Vec::new(),
            QueryStatus::Finished | QueryStatus::TimedOut => {
                page(services, &query, from, limit).await?
            }
        };
        let next = from + rows.len() as u64;
        let next_token = (next < query.statistics.rows && !rows.is_empty())
            .then(|| services.tokens.seal_place(&next.to_le_bytes(), &binding));
        let statistics = view::paged(view::statistics(services, &query), rows.len());
        Ok(GetQueryResultsResponse {
            error_message: query.error,
            next_token,
            query_result_rows: Some(rows.into_iter().map(columns).collect()),
            query_statistics: Some(statistics),
            query_status: Some(view::status(query.status)),
        })
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let message = invalid.to_string();
        match &*first.path {
            "maxQueryResults" => Some(Error::InvalidMaxResults(message.into())),
            "nextToken" => Some(Error::InvalidNextToken(message.into())),
            _ => None,
        }
    }
}

/// The number of the first row of the page.
fn from(services: &Services, token: Option<&str>, binding: &Binding) -> Result<u64, Refusal> {
    let Some(token) = token else { return Ok(0) };
    let place = services.tokens.open_place(token, binding);
    let place = place.and_then(|place| place.try_into().ok()).map(u64::from_le_bytes);
    place.ok_or_else(|| Refusal::new(Why::InvalidNextToken, "The pagination token is not valid."))
}

/// A token goes on with the same query; the page size may change.
fn binding(account: AccountId, query: &Query) -> Binding {
    Binding::default()
        .with(Some("GetQueryResults"))
        .with(Some(&account.to_string()))
        .with(Some(query.region.as_str()))
        .with(Some(&query.id))
}

async fn page(
    services: &Services,
    query: &Query,
    from: u64,
    limit: usize,
) -> Result<Vec<Row>, Refusal> {
    let _place = services.answers.acquire().await;
    services.lake.rows(&query.id, from, limit, BYTES).await.map_err(|error| match error {
        LakeError::Missing => {
            let text = format!("The result of the query {} is gone.", query.id);
            Refusal::new(Why::QueryIdNotFound, text)
        }
        LakeError::Failed(why) => Refusal::new(Why::Internal, why),
    })
}

/// One map for each column, because two columns may have the same label. The shape has texts only,
/// and clients drop or refuse a null in it: a column that is null has the empty text.
fn columns(row: Row) -> Vec<BTreeMap<String, String>> {
    let column = |(label, text): (String, Option<String>)| {
        BTreeMap::from([(label, text.unwrap_or_default())])
    };
    row.into_iter().map(column).collect()
}
