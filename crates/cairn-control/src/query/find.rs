//! A query that a request names, where the caller may still ask about it.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_gateway::Call;
use cairn_store::{Query, StoreError, query};
use tokio::time::{Instant, timeout_at};

use super::KEPT_MILLIS;
use super::source::{Action, Owner};
use crate::Services;
use crate::refusal::{Refusal, Why};

/// How long an answer about a query waits for its end. Most queries end sooner, and who asks again
/// and again until they do takes the cores that they run on.
const PATIENCE: Duration = Duration::from_millis(200);

/// How a request names a query.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'a> {
    Id(&'a str),
    /// The newest run of an alias; of one refresh, if it is given.
    Alias(&'a str, Option<&'a str>),
}

/// What else a request says of the query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    /// ARN or id; a store that the query reads.
    pub(super) store: Option<&'a str>,
    pub(super) owner: Option<&'a str>,
}

/// Finds a query, as it is once it has ended, or after some patience.
pub(super) async fn find_ended(
    services: &Services,
    call: &Call,
    name: Name<'_>,
    said: Said<'_>,
    action: Action,
) -> Result<Query, Refusal> {
    let deadline = Instant::now() + PATIENCE;
    let mut waits = true;
    loop {
        // Before the query is read, so that no end is missed.
        let seen = services.lake.ended();
        let query = find(services, call, name, said, action).await?;
        if query.status.is_end() || !waits {
            return Ok(query);
        }
        waits = timeout_at(deadline, services.lake.ended_after(seen)).await.is_ok();
    }
}

/// Finds a query of the caller's account, and asks every store that it reads.
pub(super) async fn find(
    services: &Services,
    call: &Call,
    name: Name<'_>,
    said: Said<'_>,
    action: Action,
) -> Result<Query, Refusal> {
    let given = Owner::of(call, said.owner)?;
    let found = match name {
        Name::Id(id) => query::get(&services.store, given.account, given.region, id).await,
        Name::Alias(alias, refresh) => {
            query::by_alias(&services.store, given.account, given.region, alias, refresh).await
        }
    };
    let query = match found {
        Ok(query) if !is_gone(&query, services.clock.now()) => query,
        Ok(_) | Err(StoreError::NotFound { .. }) => return Err(unknown(name)),
        Err(other) => return Err(other.into()),
    };
    if said.owner.is_some() && given.owner != query.owner {
        return Err(unknown(name));
    }
    let owner = Owner { owner: query.owner, ..given };
    if let Some(store) = said.store {
        let store = owner.named(services, call, store, action).await?;
        if !query.stores.contains(&store.id) {
            return Err(unknown(name));
        }
    }
    for id in &query.stores {
        owner.store(services, id, action).await?;
    }
    Ok(query)
}

/// Results are kept for seven days, whether they are swept away yet or not.
fn is_gone(query: &Query, now: Timestamp) -> bool {
    now.millis() - query.created.millis() > KEPT_MILLIS
}

fn unknown(name: Name<'_>) -> Refusal {
    let text = match name {
        Name::Id(id) => format!("The query {id} does not exist."),
        Name::Alias(alias, None) => format!("There is no query of the alias {alias}."),
        Name::Alias(alias, Some(refresh)) => {
            format!("There is no query of the alias {alias} in the refresh {refresh}.")
        }
    };
    Refusal::new(Why::QueryIdNotFound, text)
}
