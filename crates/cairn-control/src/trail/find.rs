//! The trail that a request is about.

use cairn_gateway::Call;
use cairn_store::{Store, StoreError, Trail, Txn, trail};

use super::name::Named;
use crate::refusal::{Refusal, Why};

/// For operations that read: at home under its name, anywhere under its ARN.
pub(crate) async fn find(store: &Store, call: &Call, given: &str) -> Result<Trail, Refusal> {
    let named = Named::own(call, given)?;
    found(&named, trail::get(store, named.account, &named.region, &named.name).await)
}

/// For operations that change: in the home Region only. The trail is as the change finds it.
pub(crate) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    given: &str,
) -> Result<Trail, Refusal> {
    let named = Named::own(call, given)?;
    let at_home = trail::get_for_change(txn, named.account, &named.region, &named.name).await;
    let trail = match found(&named, at_home) {
        Err(refusal) if refusal.why == Why::TrailNotFound && !named.by_arn => {
            let shown = trail::list_for_change(txn, named.account).await?;
            shadow(&shown, call, &named.name).ok_or(refusal)?
        }
        found => found?,
    };
    if trail.home_region != call.region {
        let (arn, home) = (trail.arn(), &trail.home_region);
        let text = format!("The trail {arn} can be changed only in its home Region {home}.");
        return Err(Refusal::new(Why::InvalidHomeRegion, text));
    }
    Ok(trail)
}

/// The shadow of this name that the call's Region shows.
pub(crate) fn shadow(trails: &[Trail], call: &Call, name: &str) -> Option<Trail> {
    let shown = |trail: &&Trail| trail.name == name && trail.is_visible_in(&call.region);
    trails.iter().find(shown).cloned()
}

fn found(named: &Named, got: Result<Trail, StoreError>) -> Result<Trail, Refusal> {
    got.map_err(|error| match error {
        StoreError::NotFound { .. } => named.unknown(),
        other => other.into(),
    })
}
