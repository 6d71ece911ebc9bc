//! The event data stores that a channel feeds.

use cairn_api::shapes::{Destination, DestinationType};
use cairn_gateway::Call;
use cairn_store::Txn;
use cairn_store::event_data_store::Schema;

use crate::event_data_store::active_for_change;
use crate::refusal::{Refusal, Why};

/// The ids of the stores that a request names, each once, all of them for such events.
pub(crate) async fn given(
    txn: &mut Txn,
    call: &Call,
    list: &[Destination],
) -> Result<Vec<String>, Refusal> {
    let mut ids: Vec<String> = Vec::with_capacity(list.len());
    for Destination { location, r#type } in list {
        if *r#type != DestinationType::EventDataStore {
            let text = format!("Value {:.256} for Destinations.Type is invalid.", r#type.as_str());
            return Err(Refusal::new(Why::InvalidParameter, text));
        }
        let store = active_for_change(txn, call, location).await?;
        if store.schema != Schema::Activity {
            let text = format!(
                "The event data store {} does not have an event category of ActivityAuditLog.",
                store.arn()
            );
            return Err(Refusal::new(Why::InvalidEventDataStoreCategory, text));
        }
        if ids.contains(&store.id) {
            let text = format!("The destination {} is there more than once.", store.arn());
            return Err(Refusal::new(Why::InvalidParameter, text));
        }
        ids.push(store.id);
    }
    Ok(ids)
}
