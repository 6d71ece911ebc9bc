//! SearchSampleQueries: the queries of the library that fit a phrase, the best first.

use cairn_api::errors::SearchSampleQueriesError as Error;
use cairn_api::operations;
use cairn_api::shapes::{
    SearchSampleQueriesRequest, SearchSampleQueriesResponse, SearchSampleQueriesSearchResult,
};
use cairn_gateway::Call;

use super::rank::{Index, Ranked};
use crate::Services;
use crate::lookup::Binding;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

/// Results of a page that does not say how many it wants.
const LIMIT: usize = 10;

impl Serve for operations::SearchSampleQueries {
    async fn handle(
        services: &Services,
        call: &Call,
        input: SearchSampleQueriesRequest,
    ) -> Result<SearchSampleQueriesResponse, Error> {
        let binding = Binding::default()
            .with(Some("SearchSampleQueries"))
            .with(Some(&call.caller.account.to_string()))
            .with(Some(&input.search_phrase));
        let from = from(services, input.next_token.as_deref(), &binding)?;
        let limit = input.max_results.map_or(LIMIT, |limit| limit.max(1) as usize);
        let ranked = Index::library().search(&input.search_phrase);
        let next = from.saturating_add(limit);
        let next_token = (next < ranked.len())
            .then(|| services.tokens.seal_place(&(next as u64).to_le_bytes(), &binding));
        let page = ranked.iter().skip(from).take(limit).map(shown).collect();
        Ok(SearchSampleQueriesResponse { next_token, search_results: Some(page) })
    }
}

fn from(services: &Services, token: Option<&str>, binding: &Binding) -> Result<usize, Refusal> {
    let Some(token) = token else { return Ok(0) };
    let place = services.tokens.open_place(token, binding);
    let place = place.and_then(|place| place.try_into().ok()).map(u64::from_le_bytes);
    let place = place.and_then(|place| usize::try_from(place).ok());
    place.ok_or_else(|| Refusal::new(Why::InvalidParameter, "The pagination token is not valid."))
}

fn shown(ranked: &Ranked) -> SearchSampleQueriesSearchResult {
    SearchSampleQueriesSearchResult {
        description: Some(ranked.sample.about.to_owned()),
        name: Some(ranked.sample.name.to_owned()),
        relevance: Some(ranked.relevance as f32),
        sql: Some(ranked.sample.template.shown()),
    }
}
