//! ListQueries: an account's queries of one event data store, newest first.

use cairn_api::errors::ListQueriesError as Error;
use cairn_api::shapes::{ListQueriesRequest, ListQueriesResponse, Query as Shown};
use cairn_api::{EpochSeconds, Invalid, operations};
use cairn_core::Timestamp;
use cairn_gateway::Call;
use cairn_store::Query;
use cairn_store::query::{self, Filter, Page, QueryStatus};

use super::source::{Action, Owner};
use super::{KEPT_MILLIS, view};
use crate::Services;
use crate::lookup::Binding;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

/// Queries of a page that does not say how many it wants.
const LIMIT: usize = 100;

impl Serve for operations::ListQueries {
    const INSTANTS: &'static [&'static str] = &["StartTime", "EndTime"];

    async fn handle(
        services: &Services,
        call: &Call,
        input: ListQueriesRequest,
    ) -> Result<ListQueriesResponse, Error> {
        let owner = Owner::of(call, None)?;
        let store =
            owner.named(services, call, &input.event_data_store, Action::ListQueries).await?;
        let status = status(&input)?;
        let (from, until) = range(&input, services.clock.now())?;
        let binding = binding(call, &store.id, &input);
        let after = after(services, input.next_token.as_deref(), &binding)?;
        let limit = input.max_results.map_or(LIMIT, |limit| limit.max(1) as usize);
        let filter = Filter { store: Some(&store.id), status, from: Some(from), until };
        let after = after.as_ref().map(|(created, id)| (*created, &**id));
        // One more tells whether there is another page.
        let page = Page { after, limit: limit + 1 };
        let found = query::list(&services.store, owner.account, owner.region, filter, page).await;
        let mut found = found.map_err(Refusal::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next_token = found.last().filter(|_| more).map(|last| {
            let place = [&last.created.millis().to_le_bytes(), last.id.as_bytes()].concat();
            services.tokens.seal_place(&place, &binding)
        });
        let queries = Some(found.into_iter().map(shown).collect());
        Ok(ListQueriesResponse { next_token, queries })
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let message = invalid.to_string();
        match &*first.path {
            "maxResults" => Some(Error::InvalidMaxResults(message.into())),
            "nextToken" => Some(Error::InvalidNextToken(message.into())),
            "queryStatus" => Some(Error::InvalidQueryStatus(message.into())),
            _ => None,
        }
    }
}

fn shown(query: Query) -> Shown {
    Shown {
        creation_time: Some(query.created.into()),
        query_status: Some(view::status(query.status)),
        query_id: Some(query.id),
    }
}

fn status(input: &ListQueriesRequest) -> Result<Option<QueryStatus>, Refusal> {
    let Some(given) = &input.query_status else { return Ok(None) };
    let status = QueryStatus::parse(given.as_str()).ok_or_else(|| {
        let text = format!("The query status {given:.256} is not valid.");
        Refusal::new(Why::InvalidQueryStatus, text)
    })?;
    Ok(Some(status))
}

/// The last seven days, or less of them.
fn range(
    input: &ListQueriesRequest,
    now: Timestamp,
) -> Result<(Timestamp, Option<Timestamp>), Refusal> {
    let kept = Timestamp::from_millis(now.millis() - KEPT_MILLIS);
    let (start, end) = (input.start_time, input.end_time);
    let (start, end) = (start.map(EpochSeconds::timestamp), end.map(EpochSeconds::timestamp));
    if let (Some(start), Some(end)) = (start, end)
        && start >= end
    {
        let text = "The start time must be before the end time.";
        return Err(Refusal::new(Why::InvalidDateRange, text));
    }
    Ok((start.map_or(kept, |start| start.max(kept)), end))
}

fn binding(call: &Call, store: &str, input: &ListQueriesRequest) -> Binding {
    let time = |at: Option<EpochSeconds>| at.map(|at| at.timestamp().millis().to_string());
    Binding::default()
        .with(Some("ListQueries"))
        .with(Some(&call.caller.account.to_string()))
        .with(Some(call.region.as_str()))
        .with(Some(store))
        .with(input.query_status.as_ref().map(|status| status.as_str()))
        .with(time(input.start_time).as_deref())
        .with(time(input.end_time).as_deref())
}

fn after(
    services: &Services,
    token: Option<&str>,
    binding: &Binding,
) -> Result<Option<(Timestamp, String)>, Refusal> {
    let Some(token) = token else { return Ok(None) };
    let opened = services.tokens.open_place(token, binding);
    let place = opened.as_deref().and_then(|place| {
        let (created, id) = place.split_first_chunk()?;
        let created = Timestamp::from_millis(i64::from_le_bytes(*created));
        Some((created, std::str::from_utf8(id).ok()?.to_owned()))
    });
    let invalid = || Refusal::new(Why::InvalidNextToken, "The pagination token is not valid.");
    place.map(Some).ok_or_else(invalid)
}
