//! What tags can be put on.

use cairn_core::Arn;
use cairn_gateway::Call;
use cairn_store::{Store, StoreError, Txn, trail};

use crate::refusal::{Refusal, Why};
use crate::trail::Named;
use crate::{channel, dashboard, event_data_store};

/// A kind of resource that can have tags.
enum Kind {
    Trail,
    EventDataStore,
    Channel,
    Dashboard,
}

/// The ARN of a resource that is there, as the change that is under way finds it.
pub(super) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    resource: &str,
) -> Result<String, Refusal> {
    match kind(resource)? {
        Kind::Trail => {
            let named = named(call, resource)?;
            let found = trail::get_for_change(txn, named.account, &named.region, &named.name).await;
            trail_arn(&named, found)
        }
        Kind::EventDataStore => {
            Ok(event_data_store::active_for_change(txn, call, resource).await?.arn())
        }
        Kind::Channel => Ok(channel::find_for_change(txn, call, resource).await?.arn()),
        Kind::Dashboard => Ok(dashboard::find_for_change(txn, call, resource).await?.arn()),
    }
}

/// As [`find_for_change`], for reading.
pub(super) async fn find(store: &Store, call: &Call, resource: &str) -> Result<String, Refusal> {
    match kind(resource)? {
        Kind::Trail => {
            let named = named(call, resource)?;
            let found = trail::get(store, named.account, &named.region, &named.name).await;
            trail_arn(&named, found)
        }
        Kind::EventDataStore => {
            let found = event_data_store::find(store, call, resource).await?;
            Ok(event_data_store::active(found)?.arn())
        }
        Kind::Dashboard => Ok(dashboard::find(store, call, resource).await?.arn()),
        // ListTags has no name of its own for a channel that is not there.
        Kind::Channel => match channel::find(store, call, resource).await {
            Ok(channel) => Ok(channel.arn()),
            Err(refusal) if refusal.why == Why::ChannelNotFound => {
                Err(Refusal::new(Why::ResourceNotFound, refusal.text))
            }
            Err(refusal) => Err(refusal),
        },
    }
}

/// The trail of an ARN: tags are kept where it is at home.
fn named(call: &Call, resource: &str) -> Result<Named, Refusal> {
    let named = Named::own(call, resource)?;
    if named.region != call.region {
        let region = &call.region;
        let text =
            format!("Region in ARN is wrong, you can only access resources in region {region}.");
        return Err(Refusal::new(Why::CloudTrailARNInvalid, text));
    }
    Ok(named)
}

fn trail_arn(
    named: &Named,
    found: Result<cairn_store::Trail, StoreError>,
) -> Result<String, Refusal> {
    match found {
        Ok(trail) => Ok(trail.arn()),
        Err(StoreError::NotFound { .. }) => {
            let text = format!("The resource {} does not exist.", named.arn());
            Err(Refusal::new(Why::ResourceNotFound, text))
        }
        Err(other) => Err(other.into()),
    }
}

/// Refuses what is no resource of CloudTrail.
fn kind(resource: &str) -> Result<Kind, Refusal> {
    let Some(arn) = Arn::parse(resource) else {
        let text = format!("{resource:.256} is not a valid ARN.");
        return Err(Refusal::new(Why::CloudTrailARNInvalid, text));
    };
    let (kind, _) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    match (arn.service, kind) {
        ("cloudtrail", "trail") => Ok(Kind::Trail),
        ("cloudtrail", "eventdatastore") => Ok(Kind::EventDataStore),
        ("cloudtrail", "channel") => Ok(Kind::Channel),
        ("cloudtrail", "dashboard") => Ok(Kind::Dashboard),
        _ => {
            let text = format!("Resource type {kind:.256} is not supported.");
            Err(Refusal::new(Why::ResourceTypeNotSupported, text))
        }
    }
}
