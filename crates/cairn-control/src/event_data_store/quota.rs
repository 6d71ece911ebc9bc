//! Whether an account may have one more event data store, under its name.

use cairn_core::Region;
use cairn_gateway::Call;
use cairn_store::EventDataStore;

use crate::refusal::{Refusal, Why};

/// `others` are the account's stores of all Regions, those that wait for their end included: until
/// then they count, and keep their names. One of all Regions counts in every Region.
pub(crate) fn check(
    others: &[EventDataStore],
    call: &Call,
    multi_region: bool,
    limit: usize,
) -> Result<(), Refusal> {
    let homes = others.iter().map(|store| &store.home_region).filter(|_| multi_region);
    let count = |region: &Region| others.iter().filter(|store| store.is_visible_in(region)).count();
    let full = std::iter::once(&call.region).chain(homes).find(|region| count(region) >= limit);
    let Some(region) = full else { return Ok(()) };
    let account = call.caller.account;
    let text = format!("User: {account} already has {limit} event data stores in {region}.");
    Err(Refusal::new(Why::EventDataStoreMaxLimitExceeded, text))
}

pub(crate) fn check_name(
    others: &[EventDataStore],
    region: &Region,
    name: &str,
) -> Result<(), Refusal> {
    let has = |store: &EventDataStore| store.home_region == *region && store.settings.name == name;
    if let Some(store) = others.iter().find(|store| has(store)) {
        return Err(taken(name, &store.account.to_string()));
    }
    Ok(())
}

pub(crate) fn taken(name: &str, account: &str) -> Refusal {
    let text = format!("Event data store {name} already exists for customer: {account}");
    Refusal::new(Why::EventDataStoreAlreadyExists, text)
}
