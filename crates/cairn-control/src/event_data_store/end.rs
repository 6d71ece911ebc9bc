//! The end of stores that were deleted seven days ago and not restored.

use cairn_store::{Store, StoreError, event_data_store};

/// Ends all that are due; the lake then drops their tables. Gives how many there were.
///
/// # Errors
/// The store's. What was not ended is due the next time.
pub async fn end_event_data_stores(store: &Store) -> Result<usize, StoreError> {
    let mut ended = 0;
    for due in event_data_store::expired(store).await? {
        let mut txn = store.begin().await?;
        let Some(gone) = event_data_store::expired_for_change(&mut txn, &due.id).await? else {
            continue;
        };
        event_data_store::mark_dropped(&mut txn, &gone).await?;
        txn.commit().await?;
        tracing::info!(store = gone.id, "an event data store ended: seven days are over");
        ended += 1;
    }
    Ok(ended)
}
