//! A store as the lake needs it after a change.

use cairn_store::{EventDataStore, LakeDocument, Txn, channel};

use crate::plan::Plan;
use crate::refusal::Refusal;

/// `reason` is the operation that made the change.
pub(crate) async fn plan(
    txn: &mut Txn,
    store: &EventDataStore,
    reason: &str,
) -> Result<Plan, Refusal> {
    let channels = channel::feeding(txn, &store.id).await?;
    Ok(Plan::Lake(vec![LakeDocument::of(store, reason, channels)]))
}
