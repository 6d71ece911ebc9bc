//! One refresh: a query for every widget.

use std::collections::BTreeMap;

use cairn_core::Timestamp;
use cairn_store::event_data_store::Schema;
use cairn_store::{
    DashboardRefresh, NewQuery, Txn, Widget, dashboard_refresh, event_data_store, query,
};

use super::board::{Board, Kind};
use super::highlights;
use crate::Services;
use crate::query::{Owner, check, fill, room};
use crate::refusal::{Refusal, Why};

/// How far a refresh looks back where nobody says.
const DEFAULT_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// What times are put together by where nobody says.
const PERIOD: &str = "day";
pub(super) const STORE: &str = "$EventDataStoreId$";
/// Characters of a failure's reason.
const REASON: usize = 1000;

/// What a refresh will run.
pub(super) struct Prepared {
    queries: Vec<Ready>,
    /// Why some widgets have no query; the first of them.
    pub(super) refused: Option<Refusal>,
}

struct Ready {
    alias: String,
    statement: String,
    stores: Vec<String>,
}

/// What stands for each parameter: what is given, or a default.
pub(super) fn values(
    parameters: &[String],
    given: &BTreeMap<String, String>,
    now: Timestamp,
) -> Vec<String> {
    let value = |name: &String| {
        let default = || match &**name {
            "$StartTime$" => text(Timestamp::from_millis(now.millis() - DEFAULT_MILLIS)),
            "$EndTime$" => text(now),
            "$Period$" => PERIOD.to_owned(),
            _ => String::new(),
        };
        given.get(name).cloned().unwrap_or_else(default)
    };
    parameters.iter().map(value).collect()
}

/// Plans the query of every widget. One that is refused does not keep the others from running.
pub(super) async fn prepare(
    services: &Services,
    owner: Owner<'_>,
    board: &Board,
    given: &BTreeMap<String, String>,
) -> Result<Prepared, Refusal> {
    let mut given = given.clone();
    if board.kind == Kind::Highlights {
        let stores = event_data_store::list(&services.store, board.account).await?;
        let readable = stores.into_iter().filter(|store| {
            store.home_region == board.region
                && store.schema == Schema::Events
                && !store.is_pending_deletion()
        });
        let ids: Vec<String> = readable.map(|store| store.id).collect();
        let source = highlights::source(&ids).ok_or_else(|| {
            Refusal::new(Why::EventDataStoreNotFound, "There is no event data store of events.")
        })?;
        given.insert(STORE.to_owned(), source);
    }
    let now = services.clock.now();
    let mut prepared = Prepared { queries: Vec::new(), refused: None };
    for widget in &board.widgets {
        match ready(services, owner, widget, &values(&widget.parameters, &given, now)).await {
            Ok(ready) => prepared.queries.push(ready),
            Err(refusal) => {
                prepared.refused.get_or_insert(refusal);
            }
        }
    }
    Ok(prepared)
}

async fn ready(
    services: &Services,
    owner: Owner<'_>,
    widget: &Widget,
    values: &[String],
) -> Result<Ready, Refusal> {
    let statement = fill(&widget.statement, values)?;
    let stores = check(services, owner, &statement).await?;
    let stores = stores.into_iter().map(|store| store.id).collect();
    Ok(Ready { alias: widget.alias.clone(), statement, stores })
}

/// Notes the refresh and its queries; its id.
///
/// # Errors
/// `ServiceQuotaExceeded` while the last refresh runs, or where there is no room for its queries.
pub(super) async fn start(
    services: &Services,
    txn: &mut Txn,
    board: &Board,
    prepared: Prepared,
) -> Result<String, Refusal> {
    let (account, region) = (board.account, &board.region);
    let store = &services.store;
    if let Some(last) = dashboard_refresh::newest(store, account, region, &board.name).await? {
        let queries = query::of_refresh(store, account, region, &last.id).await?;
        if queries.iter().any(|query| !query.status.is_end()) {
            let text = format!("The dashboard {} is being refreshed.", board.arn());
            return Err(Refusal::new(Why::ServiceQuotaExceeded, text));
        }
    }
    let full = |refusal: Refusal| match refusal.why {
        Why::MaxConcurrentQueries => Refusal { why: Why::ServiceQuotaExceeded, ..refusal },
        _ => refusal,
    };
    room(txn, account, region, prepared.queries.len()).await.map_err(full)?;
    let now = services.clock.now();
    // Digits that are unique: the instant, and some of a new id.
    let random = services.recorder.new_id();
    let digits = random.bytes().filter(u8::is_ascii_digit).take(6).map(char::from);
    let id = format!("{}{:0<6}", now.millis(), digits.collect::<String>());
    for ready in &prepared.queries {
        let new = NewQuery {
            account,
            region,
            owner: account,
            stores: &ready.stores,
            statement: &ready.statement,
            alias: Some(&ready.alias),
            refresh: Some(&id),
            prompt: None,
            delivery_uri: None,
        };
        query::insert(txn, new).await?;
    }
    let refresh = DashboardRefresh {
        account,
        region: region.clone(),
        id: id.clone(),
        dashboard: board.name.clone(),
        started: now,
        failure: prepared.refused.map(|refusal| format!("{:.REASON$}", refusal.text)),
    };
    dashboard_refresh::put(txn, &refresh).await?;
    Ok(id)
}

fn text(at: Timestamp) -> String {
    Timestamp::from_seconds(at.seconds()).to_string()
}
