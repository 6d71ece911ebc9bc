//! A channel's change, as each event data store that it touches sees it.

use cairn_core::AccountId;
use cairn_store::{LakeDocument, Txn, channel, event_data_store};

use crate::plan::Plan;
use crate::refusal::Refusal;

/// To be made once the change is written; `stores` are those that the channel feeds now, and those
/// that it fed before.
pub(crate) async fn plan(
    txn: &mut Txn,
    account: AccountId,
    stores: impl IntoIterator<Item = String>,
    reason: &str,
) -> Result<Plan, Refusal> {
    let mut documents: Vec<LakeDocument> = Vec::new();
    for id in stores {
        if documents.iter().any(|document| document.store == id) {
            continue;
        }
        let store = event_data_store::get_for_change(txn, account, &id).await?;
        let channels = channel::feeding(txn, &id).await?;
        documents.push(LakeDocument::of(&store, reason, channels));
    }
    Ok(Plan::Lake(documents))
}
