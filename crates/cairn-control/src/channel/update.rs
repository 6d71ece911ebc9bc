//! UpdateChannel: its name and its destinations; the source stays.

use cairn_api::errors::UpdateChannelError as Error;
use cairn_api::shapes::{UpdateChannelRequest, UpdateChannelResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::channel;

use super::create::check_name;
use super::find::find_for_change;
use super::plan::plan;
use super::view::{destinations, elements};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::UpdateChannel {
    async fn change(
        services: &Services,
        call: &Call,
        input: UpdateChannelRequest,
    ) -> Result<Changed<UpdateChannelResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut channel = find_for_change(&mut txn, call, &input.channel).await?;
        let before = channel.destinations.clone();
        if let Some(name) = input.name {
            let others = channel::list_for_change(&mut txn, channel.account, &channel.region).await;
            let mut others = others.map_err(Refusal::from)?;
            others.retain(|other| other.id != channel.id);
            check_name(&others, &name)?;
            channel.name = name;
        }
        if let Some(list) = &input.destinations {
            channel.destinations = super::destinations::given(&mut txn, call, list).await?;
        }
        channel::update(&mut txn, &channel).await.map_err(Refusal::from)?;
        let stores = before.into_iter().chain(channel.destinations.clone());
        let plan = Some(plan(&mut txn, channel.account, stores, Self::NAME).await?);
        let output = UpdateChannelResponse {
            channel_arn: Some(channel.arn()),
            destinations: Some(destinations(&channel)),
            name: Some(channel.name.clone()),
            source: Some(channel.source.clone()),
        };
        Ok(Changed { txn, output, shown: Some(elements(&channel)), plan })
    }
}
