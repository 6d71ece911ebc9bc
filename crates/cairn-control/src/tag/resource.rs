//! What tags can be put on.

use cairn_core::Arn;
use cairn_gateway::Call;
use cairn_store::Trail;

use crate::refusal::{Refusal, Why};
use crate::trail::Named;

/// The trail of an ARN: tags are kept where it is at home.
pub(super) fn named(call: &Call, resource: &str) -> Result<Named, Refusal> {
    if let Some(refusal) = unlike_trail(resource) {
        return Err(refusal);
    }
    let named = Named::own(call, resource)?;
    if named.region != call.region {
        let region = &call.region;
        let text =
            format!("Region in ARN is wrong, you can only access resources in region {region}.");
        return Err(Refusal::new(Why::CloudTrailARNInvalid, text));
    }
    Ok(named)
}

/// Among the account's trails, the one that is named.
pub(super) fn find<'a>(trails: &'a [Trail], named: &Named) -> Result<&'a Trail, Refusal> {
    let is_it = |trail: &&Trail| trail.home_region == named.region && trail.name == named.name;
    trails.iter().find(is_it).ok_or_else(|| {
        let text = format!("The resource {} does not exist.", named.arn());
        Refusal::new(Why::ResourceNotFound, text)
    })
}

/// CloudTrail's other resources, of which there are none, and what is no resource of CloudTrail.
fn unlike_trail(resource: &str) -> Option<Refusal> {
    let refuse = |why, text: String| Some(Refusal::new(why, text));
    let Some(arn) = Arn::parse(resource) else {
        let text = format!("{resource:.256} is not a valid ARN.");
        return refuse(Why::CloudTrailARNInvalid, text);
    };
    let (kind, _) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
    match (arn.service, kind) {
        ("cloudtrail", "trail") => None,
        ("cloudtrail", "eventdatastore") => {
            let text = format!("The event data store {resource:.256} does not exist.");
            refuse(Why::EventDataStoreNotFound, text)
        }
        ("cloudtrail", "channel" | "dashboard") => {
            refuse(Why::ResourceNotFound, format!("The resource {resource:.256} does not exist."))
        }
        _ => {
            let text = format!("Resource type {kind:.256} is not supported.");
            refuse(Why::ResourceTypeNotSupported, text)
        }
    }
}
