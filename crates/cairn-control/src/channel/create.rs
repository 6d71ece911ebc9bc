//! CreateChannel.

use cairn_api::errors::CreateChannelError as Error;
use cairn_api::shapes::{CreateChannelRequest, CreateChannelResponse};
use cairn_api::{Invalid, Operation, operations};
use cairn_gateway::Call;
use cairn_store::{Channel, NewChannel, Txn, channel, tag};

use super::plan::plan;
use super::view::{destinations, elements};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};
use crate::tag::{tags, too_many};

/// The source of the channels that services make for themselves.
const OF_SERVICES: &str = "CloudTrail";

impl Change for operations::CreateChannel {
    fn broken(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let of_source = first.path.split('.').next()? == "source" && first.value.is_some();
        of_source.then(|| Error::InvalidSource(invalid.to_string().into()))
    }

    async fn change(
        services: &Services,
        call: &Call,
        input: CreateChannelRequest,
    ) -> Result<Changed<CreateChannelResponse>, Error> {
        check_source(&input.source)?;
        let tags = tags(input.tags.as_deref().unwrap_or_default())?;
        let account = call.caller.account;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        room(services, &mut txn, call, &input).await?;
        let stores = super::destinations::given(&mut txn, call, &input.destinations).await?;
        let new = NewChannel {
            region: &call.region,
            name: &input.name,
            source: &input.source,
            destinations: &stores,
        };
        let channel = channel::create(&mut txn, account, new).await.map_err(Refusal::from)?;
        tag::put(&mut txn, &channel.arn(), &tags).await.map_err(too_many)?;
        let plan = Some(plan(&mut txn, account, stores, Self::NAME).await?);
        let output = CreateChannelResponse {
            channel_arn: Some(channel.arn()),
            destinations: Some(destinations(&channel)),
            name: Some(channel.name.clone()),
            source: Some(channel.source.clone()),
            tags: input.tags,
        };
        Ok(Changed { txn, output, shown: Some(elements(&channel)), plan })
    }
}

fn check_source(source: &str) -> Result<(), Refusal> {
    if source == OF_SERVICES || source.trim() != source || source.contains(char::is_control) {
        let text = format!("The source {source} is not valid.");
        return Err(Refusal::new(Why::InvalidSource, text));
    }
    Ok(())
}

async fn room(
    services: &Services,
    txn: &mut Txn,
    call: &Call,
    input: &CreateChannelRequest,
) -> Result<(), Refusal> {
    let account = call.caller.account;
    let others = channel::list_for_change(txn, account, &call.region).await?;
    check_name(&others, &input.name)?;
    if let Some(other) = others.iter().find(|other| other.source == input.source) {
        let text = format!("The source {} already has the channel {}.", input.source, other.arn());
        return Err(Refusal::new(Why::ChannelAlreadyExists, text));
    }
    let (limit, region) = (services.quotas.channels, &call.region);
    if others.len() >= limit {
        let text = format!("User: {account} already has {limit} channels in {region}.");
        return Err(Refusal::new(Why::ChannelMaxLimitExceeded, text));
    }
    Ok(())
}

pub(super) fn check_name(others: &[Channel], name: &str) -> Result<(), Refusal> {
    match others.iter().find(|other| other.name == name) {
        Some(other) => {
            let account = other.account;
            let text = format!("Channel {name} already exists for customer: {account}");
            Err(Refusal::new(Why::ChannelAlreadyExists, text))
        }
        None => Ok(()),
    }
}
