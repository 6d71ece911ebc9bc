//! GenerateQuery: SQL for a question, found in the library and filled with what the question names.
//!
//! Nothing is composed that the library does not have: it is a search and a form, no model of
//! language.

use cairn_api::errors::GenerateQueryError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GenerateQueryRequest, GenerateQueryResponse};
use cairn_core::Timestamp;
use cairn_event::Json;
use cairn_gateway::Call;
use cairn_store::event_data_store::Schema;
use cairn_store::{QueryAlias, query_alias};

use super::library::{Sample, samples};
use super::question;
use super::rank::Index;
use super::slots::Slots;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::query::{Action, Owner};
use crate::refusal::{Refusal, Why};

/// Names of generated queries that an account keeps in a Region; the oldest go.
const KEPT: usize = 1000;
/// What a query must reach, of about 1 for one that fits well.
const ENOUGH: f64 = 0.3;
/// What it counts that a value has a place in the statement, that a condition says it already,
/// and that a condition says something else.
const PLACED: f64 = 0.3;
const COVERED: f64 = 0.15;
const CONTRARY: f64 = -0.5;
/// What is answered where a question names something and asks nothing.
const LIST: &str = "Newest events";

impl Change for operations::GenerateQuery {
    const ADMIN: bool = false;

    async fn change(
        services: &Services,
        call: &Call,
        input: GenerateQueryRequest,
    ) -> Result<Changed<GenerateQueryResponse>, Error> {
        let owner = Owner::of(call, None)?;
        let given = input.event_data_stores.first().map_or("", String::as_str);
        let store = owner.named(services, call, given, Action::GenerateQuery).await?;
        if store.schema != Schema::Events {
            let text = "Queries can be generated for event data stores of CloudTrail events only.";
            return Err(Refusal::new(Why::InvalidParameter, text).into());
        }
        let statement = answer(&input.prompt, &store.id, services.clock.now());
        let statement = statement.ok_or_else(|| {
            let text = "A query could not be generated from the prompt. Ask about events in other \
                        words, or look for a sample query with SearchSampleQueries.";
            Refusal::new(Why::GenerateResponse, text)
        })?;
        let id = services.recorder.new_id();
        let alias = QueryAlias {
            account: owner.account,
            region: call.region.clone(),
            alias: format!("AWSCloudTrail-{id}"),
            statement: statement.clone(),
            store: Some(store.id.clone()),
            prompt: Some(input.prompt),
            dashboard: None,
        };
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        query_alias::put(&mut txn, &alias).await.map_err(Refusal::from)?;
        let trimmed = query_alias::trim(&mut txn, owner.account, &call.region, KEPT).await;
        trimmed.map_err(Refusal::from)?;
        let shown = Some(Json::map([("queryAlias", alias.alias.clone())]));
        let foreign = (store.account != owner.account).then(|| store.account.to_string());
        let output = GenerateQueryResponse {
            event_data_store_owner_account_id: foreign,
            query_alias: Some(alias.alias),
            query_statement: Some(statement),
        };
        Ok(Changed { txn, output, shown, plan: None })
    }
}

/// The statement for a question about a store; `None` where nothing fits.
pub(super) fn answer(question: &str, store: &str, now: Timestamp) -> Option<String> {
    let (slots, rest) = question::read(question, now);
    let sample = choose(&rest, &slots)?;
    Some(sample.template.filled(store, &slots, &sample.covers, now))
}

/// The query for what a question names, and what it says besides.
fn choose(rest: &str, slots: &Slots) -> Option<&'static Sample> {
    let ranked = Index::library().search(rest);
    let relevance = |sample: &Sample| {
        let found = ranked.iter().find(|ranked| ranked.sample.name == sample.name);
        found.map_or(0.0, |ranked| ranked.relevance)
    };
    let judged = samples().iter().filter(|sample| fits(sample, slots));
    let judged = judged.map(|sample| (sample, relevance(sample) + bonus(sample, slots)));
    let first_of_best = |best: Judged, next: Judged| if next.1 > best.1 { next } else { best };
    match judged.reduce(first_of_best).filter(|best| best.1 >= ENOUGH) {
        Some((sample, _)) => Some(sample),
        None if slots.narrows() => samples().iter().find(|sample| sample.name == LIST),
        None => None,
    }
}

type Judged = (&'static Sample, f64);

/// Whether the question gives all that the statement has to have.
fn fits(sample: &Sample, slots: &Slots) -> bool {
    !sample.insights && sample.template.demands().all(|name| slots.value(name).is_some())
}

fn bonus(sample: &Sample, slots: &Slots) -> f64 {
    let mut bonus = 0.0;
    for (name, value) in &slots.values {
        if *name != "limit" && sample.template.has(name) {
            bonus += PLACED;
            continue;
        }
        let mut covers = sample.covers.iter().filter(|(covered, _)| covered == name).peekable();
        if covers.peek().is_some() {
            bonus += if covers.any(|(_, covered)| covered == value) { COVERED } else { CONTRARY };
        }
    }
    bonus
}

#[cfg(test)]
mod tests;
