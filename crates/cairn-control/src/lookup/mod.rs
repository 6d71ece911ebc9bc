//! Asking event history: what LookupEvents and SearchEvents share.

pub(crate) mod events;
mod throttle;
mod token;

use cairn_core::Seq;
use cairn_gateway::Call;
use cairn_history::{HistoryError, Page, Query};

pub use throttle::Throttle;
pub(crate) use token::Binding;
pub use token::Tokens;

use crate::Services;

/// One page of the caller's own history, newest first.
///
/// Waits until everything that was durable when the question came is indexed, so that a caller
/// sees its own calls; after the configured lag it answers with what there is.
pub(crate) async fn newest(
    services: &Services,
    call: &Call,
    region: Option<cairn_core::Region>,
    query: Query,
) -> Result<Page, HistoryError> {
    let durable: Seq = services.journal.durable();
    services.history.caught_up(durable, services.lag).await;
    let _place = services.answers.acquire().await;
    let scope = services.history.scope(call.caller.account, region.as_ref());
    cairn_task::blocking("lookup", move || scope.lookup(&query)).await
}
