//! What PutInsightSelectors and GetInsightSelectors share.

use crate::refusal::{Refusal, Why};

/// The trail that a request names; it may name an event data store instead, not both.
pub(crate) fn source<'a>(
    trail_name: Option<&'a str>,
    stores: &[&Option<String>],
) -> Result<&'a str, Refusal> {
    let store = stores.iter().find_map(|store| store.as_deref());
    match (trail_name, store) {
        (Some(name), None) => Ok(name),
        (None, Some(store)) => {
            let text = format!("The event data store {store} does not exist.");
            Err(Refusal::new(Why::InvalidParameter, text))
        }
        (Some(_), Some(_)) => {
            let text = "You cannot specify both a trail and an event data store.";
            Err(Refusal::new(Why::InvalidParameterCombination, text))
        }
        (None, None) => {
            let text = "You must specify either a trail or an event data store.";
            Err(Refusal::new(Why::InvalidParameterCombination, text))
        }
    }
}
