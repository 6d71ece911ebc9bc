//! Whether an account may see one more trail, under its name.

use cairn_core::{AccountId, Region};
use cairn_gateway::Call;
use cairn_store::Trail;

use crate::refusal::{Refusal, Why};

/// `named` is the new trail's name, and whether all Regions would show it. A name is refused where
/// a shadow has it, too: a Region shows one trail under a name.
pub(crate) fn check(
    trails: &[Trail],
    call: &Call,
    (name, multi_region): (&str, bool),
    limit: usize,
) -> Result<(), Refusal> {
    let account = call.caller.account;
    let would_meet = |trail: &Trail| multi_region || trail.is_visible_in(&call.region);
    if trails.iter().any(|trail| trail.name == name && would_meet(trail)) {
        return Err(taken(name, account));
    }
    match full(trails, call, multi_region, limit) {
        Some(region) => {
            let text = format!("User: {account} already has {limit} trails in {region}.");
            Err(Refusal::new(Why::MaximumNumberOfTrailsExceeded, text))
        }
        None => Ok(()),
    }
}

pub(crate) fn taken(name: &str, account: AccountId) -> Refusal {
    let text = format!("Trail {name} already exists for customer: {account}");
    Refusal::new(Why::TrailAlreadyExists, text)
}

/// A Region that has no place for one more. Regions without trails at home show the least, so none
/// of them is full before the call's own.
fn full<'a>(
    trails: &'a [Trail],
    call: &'a Call,
    multi_region: bool,
    limit: usize,
) -> Option<&'a Region> {
    let others = trails.iter().map(|trail| &trail.home_region).filter(|_| multi_region);
    let mut regions = std::iter::once(&call.region).chain(others);
    regions
        .find(|region| trails.iter().filter(|trail| trail.is_visible_in(region)).count() >= limit)
}
