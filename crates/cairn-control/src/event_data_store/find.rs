//! The event data store that a request is about: by its ARN, or by its id.

use cairn_core::{AccountId, Arn};
use cairn_gateway::Call;
use cairn_policy::Decision;
use cairn_store::{EventDataStore, Store, StoreError, Txn, event_data_store};

use crate::refusal::{Refusal, Why};
use crate::resource_policy::{Asker, Asks, decision};

/// What a request calls a store, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The ARN's account; the caller's for an id.
    pub(crate) account: AccountId,
    pub(crate) id: String,
}

impl Named {
    /// A store is reached in its own Region only.
    pub(crate) fn parse(call: &Call, given: &str) -> Result<Self, Refusal> {
        if is_id(given) {
            return Ok(Self { account: call.caller.account, id: given.to_owned() });
        }
        let invalid = || {
            let text = format!(
                "{given:.256} is not a valid event data store ARN. The following is the format of \
                 an event data store ARN: \
                 arn:aws:cloudtrail:us-east-2:123456789012:eventdatastore/\
                 EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE"
            );
            Refusal::new(Why::EventDataStoreARNInvalid, text)
        };
        let arn = Arn::parse(given).filter(|arn| arn.service == "cloudtrail");
        let arn = arn.ok_or_else(invalid)?;
        let id = arn.resource.strip_prefix("eventdatastore/").ok_or_else(invalid)?;
        let account = arn.account_id().ok_or_else(invalid)?;
        if !is_id(id) {
            return Err(invalid());
        }
        let region = &call.region;
        if arn.region != region.as_str() {
            let text = format!(
                "Region in ARN is wrong, you can only access resources in region {region}."
            );
            return Err(Refusal::new(Why::EventDataStoreARNInvalid, text));
        }
        // The partition belongs to the Region.
        if event_data_store::arn(account, region, id) != given {
            return Err(invalid());
        }
        Ok(Self { account, id: id.to_owned() })
    }

    /// Refuses another account's ARN.
    pub(crate) fn own(call: &Call, given: &str) -> Result<Self, Refusal> {
        let named = Self::parse(call, given)?;
        let own = call.caller.account;
        if named.account != own {
            let text = format!(
                "AccountID in ARN is wrong, you can only access resources with AccountID {own}."
            );
            return Err(Refusal::new(Why::EventDataStoreARNInvalid, text));
        }
        Ok(named)
    }

    fn found(
        &self,
        call: &Call,
        got: Result<EventDataStore, StoreError>,
    ) -> Result<EventDataStore, Refusal> {
        match got {
            Ok(store) if store.home_region == call.region => Ok(store),
            Ok(_) | Err(StoreError::NotFound { .. }) => {
                let arn = event_data_store::arn(self.account, &call.region, &self.id);
                let text = format!("The event data store {arn} was not found.");
                Err(Refusal::new(Why::EventDataStoreNotFound, text))
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// For operations that read; one that waits for its end is found, too.
pub(crate) async fn find(
    store: &Store,
    call: &Call,
    given: &str,
) -> Result<EventDataStore, Refusal> {
    let named = Named::own(call, given)?;
    named.found(call, event_data_store::get(store, named.account, &named.id).await)
}

/// As [`find`]; another account's store, too, where its policy allows the action to the caller.
pub(crate) async fn find_shared(
    store: &Store,
    call: &Call,
    given: &str,
    action: &str,
) -> Result<EventDataStore, Refusal> {
    let named = Named::parse(call, given)?;
    let arn = event_data_store::arn(named.account, &call.region, &named.id);
    let asks = Asks { action, resource: &arn, external_id: None };
    let decision = decision(store, Asker::of(call), asks).await?;
    if named.account == call.caller.account {
        let found = find(store, call, given).await?;
        // Within an account a policy can only forbid.
        if decision == Decision::ExplicitDeny {
            let text = format!("The resource policy of {arn} explicitly denies {action}.");
            return Err(Refusal::new(Why::OperationNotPermitted, text));
        }
        return Ok(found);
    }
    match decision {
        Decision::Allow => {
            named.found(call, event_data_store::get(store, named.account, &named.id).await)
        }
        Decision::ImplicitDeny | Decision::ExplicitDeny => find(store, call, given).await,
    }
}

/// As [`find`], where the change that is under way rests on it.
pub(crate) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    given: &str,
) -> Result<EventDataStore, Refusal> {
    let named = Named::own(call, given)?;
    named.found(call, event_data_store::get_for_change(txn, named.account, &named.id).await)
}

/// Refuses one that waits for its end.
pub(crate) fn active(store: EventDataStore) -> Result<EventDataStore, Refusal> {
    if store.is_pending_deletion() {
        let text = format!(
            "The event data store {} is inactive: its status is {}.",
            store.arn(),
            store.status.as_str()
        );
        return Err(Refusal::new(Why::InactiveEventDataStore, text));
    }
    Ok(store)
}

/// As [`find_for_change`], and [`active`].
pub(crate) async fn active_for_change(
    txn: &mut Txn,
    call: &Call,
    given: &str,
) -> Result<EventDataStore, Refusal> {
    active(find_for_change(txn, call, given).await?)
}

/// A UUID in lower case.
pub(crate) fn is_id(text: &str) -> bool {
    let legal = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    text.len() == 36 && text.bytes().enumerate().all(legal)
}
