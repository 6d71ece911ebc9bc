//! The import that a request is about.

use cairn_gateway::Call;
use cairn_store::{EventDataStore, Import, Store, StoreError, Txn, import};

use crate::refusal::{Refusal, Why};

/// For operations that read.
pub(crate) async fn find(store: &Store, call: &Call, id: &str) -> Result<Import, Refusal> {
    found(call, id, import::get(store, call.caller.account, id).await)
}

/// As the change that is under way finds it.
pub(super) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    id: &str,
) -> Result<Import, Refusal> {
    found(call, id, import::get_for_change(txn, call.caller.account, id).await)
}

/// An import is its Region's, as the store that it goes to.
fn found(call: &Call, id: &str, got: Result<Import, StoreError>) -> Result<Import, Refusal> {
    match got {
        Ok(import) if import.region == call.region => Ok(import),
        Ok(_) | Err(StoreError::NotFound { .. }) => {
            Err(Refusal::new(Why::ImportNotFound, format!("The import {id} was not found.")))
        }
        Err(other) => Err(other.into()),
    }
}

/// Refuses to change or to delete a store that an import goes to.
pub(crate) async fn refuse_importing(txn: &mut Txn, store: &EventDataStore) -> Result<(), Refusal> {
    if import::is_importing(txn, &store.id).await? {
        let text = format!(
            "The event data store {} has an ongoing import. Stop the import, or wait for its end, \
             and then try the operation again.",
            store.arn()
        );
        return Err(Refusal::new(Why::EventDataStoreHasOngoingImport, text));
    }
    Ok(())
}
