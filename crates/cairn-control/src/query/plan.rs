//! Whether a statement can run: which stores it reads, that the caller may, and that it plans.

use cairn_ports::lake::{Refused, Table, TableSchema};
use cairn_store::event_data_store::{EventDataStore, Schema};

use super::source::{Action, Owner};
use crate::Services;
use crate::refusal::{Refusal, Why};

/// The stores that a statement reads, in the order of their first mention; at least one.
pub(crate) async fn check(
    services: &Services,
    owner: Owner<'_>,
    statement: &str,
) -> Result<Vec<EventDataStore>, Refusal> {
    let ids = services.lake.stores(statement).map_err(refusal)?;
    if ids.is_empty() {
        let text = "The query does not read an event data store.";
        return Err(Refusal::new(Why::InvalidQueryStatement, text));
    }
    let mut stores = Vec::with_capacity(ids.len());
    for id in &ids {
        stores.push(owner.store(services, id, Action::StartQuery).await?);
    }
    let tables: Vec<Table> = stores.iter().map(table).collect();
    services.lake.check(statement, &tables).await.map_err(refusal)?;
    Ok(stores)
}

fn refusal(refused: Refused) -> Refusal {
    let why = match refused {
        Refused::Statement(_) => Why::InvalidQueryStatement,
        Refused::Store(_) => Why::EventDataStoreNotFound,
    };
    Refusal::new(why, refused.to_string())
}

fn table(store: &EventDataStore) -> Table {
    let schema = match store.schema {
        Schema::Events => TableSchema::Events,
        Schema::Insights => TableSchema::Insights,
        Schema::ConfigurationItems => TableSchema::ConfigurationItems,
        Schema::Evidence => TableSchema::Evidence,
        Schema::Activity => TableSchema::Activity,
    };
    Table { id: store.id.clone(), schema }
}
