//! What policies can be attached to.

use cairn_core::Arn;
use cairn_gateway::Call;
use cairn_store::{Store, Txn};

use crate::refusal::{Refusal, Why};
use crate::{channel, dashboard, event_data_store};

/// A kind of resource that can have a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    EventDataStore,
    Channel,
    Dashboard,
}

/// The kind of a resource that is there, as the change that is under way finds it.
pub(super) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    resource: &str,
) -> Result<Kind, Refusal> {
    let kind = kind(resource)?;
    match kind {
        Kind::EventDataStore => {
            event_data_store::active_for_change(txn, call, resource).await.map_err(unnamed)?;
        }
        Kind::Channel => {
            channel::find_for_change(txn, call, resource).await.map_err(unnamed)?;
        }
        Kind::Dashboard => {
            dashboard::find_for_change(txn, call, resource).await?;
        }
    }
    Ok(kind)
}

/// As [`find_for_change`], for reading.
pub(super) async fn find(store: &Store, call: &Call, resource: &str) -> Result<Kind, Refusal> {
    let kind = kind(resource)?;
    match kind {
        Kind::EventDataStore => {
            event_data_store::find(store, call, resource).await.map_err(unnamed)?;
        }
        Kind::Channel => {
            channel::find(store, call, resource).await.map_err(unnamed)?;
        }
        Kind::Dashboard => {
            dashboard::find(store, call, resource).await?;
        }
    }
    Ok(kind)
}

fn kind(resource: &str) -> Result<Kind, Refusal> {
    let Some(arn) = Arn::parse(resource) else {
        let text = format!("{resource:.256} is not a valid ARN.");
        return Err(Refusal::new(Why::ResourceARNNotValid, text));
    };
    let (kind, _) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    match (arn.service, kind) {
        ("cloudtrail", "eventdatastore") => Ok(Kind::EventDataStore),
        ("cloudtrail", "channel") => Ok(Kind::Channel),
        ("cloudtrail", "dashboard") => Ok(Kind::Dashboard),
        _ => {
            let text = format!("Resource type {kind:.256} is not supported.");
            Err(Refusal::new(Why::ResourceTypeNotSupported, text))
        }
    }
}

/// These operations speak of resources, whatever their kind.
fn unnamed(refusal: Refusal) -> Refusal {
    let why = match refusal.why {
        Why::EventDataStoreARNInvalid | Why::ChannelARNInvalid => Why::ResourceARNNotValid,
        Why::EventDataStoreNotFound | Why::ChannelNotFound => Why::ResourceNotFound,
        Why::InactiveEventDataStore => Why::Conflict,
        why => why,
    };
    Refusal { why, ..refusal }
}
