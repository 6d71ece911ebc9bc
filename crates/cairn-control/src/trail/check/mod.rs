//! What is looked at before a trail is made or changed: its bucket, its topic, its log group, its
//! key. In this order, because clients see the first thing that is wrong.

mod bucket;
pub(crate) mod key;
mod logs;
mod policy;
mod topic;

use cairn_core::{AccountId, Region};
use cairn_policy::check::Delivery;
use cairn_ports::Abilities;
use cairn_store::TrailSettings;

use crate::Services;
use crate::refusal::{Refusal, Why};

pub(crate) use bucket::usable;
pub(crate) use policy::lets_write_results;

/// The trail that the checks are for; it may not be there yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) account: AccountId,
    pub(crate) home_region: &'a Region,
    pub(crate) arn: &'a str,
}

/// A trail belongs to one account: there are no organizations.
pub(crate) fn organization(asked: bool) -> Result<(), Refusal> {
    if !asked {
        return Ok(());
    }
    let text = "Your account is not a member of an organization. To make this request, you must \
                use the credentials of an account that belongs to an organization.";
    Err(Refusal::new(Why::OrganizationsNotInUse, text))
}

/// A trail of all Regions has the events of global services.
pub(crate) fn combination(multi_region: bool, include_global: bool) -> Result<(), Refusal> {
    if multi_region && !include_global {
        let text = "Multi-Region trail must include global service events.";
        return Err(Refusal::new(Why::InvalidParameterCombination, text));
    }
    Ok(())
}

/// Asks the services that the trail delivers with. Puts the topic's and the key's ARN into
/// `settings`; gives what the bucket's store can do.
pub(crate) async fn destinations(
    services: &Services,
    subject: Subject<'_>,
    settings: &mut TrailSettings,
) -> Result<Abilities, Refusal> {
    let ports = &services.ports;
    // Looked up first, because policies may name it; told last, if there is something to tell.
    let key = key::find(&*ports.keys, subject, settings).await;
    if let Ok(Some(key)) = &key {
        settings.kms_key_arn = Some(key.arn.clone());
    }
    let bucket = bucket::check(&*ports.buckets, subject, settings).await?;
    settings.topic_arn = topic::check(&*ports.topics, subject, settings).await?;
    logs::check(settings)?;
    if let Some(key) = key? {
        key::check(&*ports.keys, subject, &key, &bucket).await?;
    }
    Ok(bucket.abilities)
}

/// Asks about the bucket alone.
pub(crate) async fn bucket(
    services: &Services,
    subject: Subject<'_>,
    settings: &TrailSettings,
) -> Result<(), Refusal> {
    bucket::check(&*services.ports.buckets, subject, settings).await.map(drop)
}

impl<'a> Subject<'a> {
    /// What policies are asked about.
    fn delivery(self, settings: &'a TrailSettings) -> Delivery<'a> {
        Delivery {
            trail_arn: self.arn,
            account: self.account,
            bucket: &settings.bucket,
            prefix: settings.prefix.as_deref(),
            organization: None,
            kms_key: settings.kms_key_arn.as_deref(),
        }
    }
}
