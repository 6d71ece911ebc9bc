//! DeleteChannel: nothing comes in any more; the event data stores stay.

use cairn_api::errors::DeleteChannelError as Error;
use cairn_api::shapes::{DeleteChannelRequest, DeleteChannelResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::channel;

use super::find::find_for_change;
use super::plan::plan;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::DeleteChannel {
    async fn change(
        services: &Services,
        call: &Call,
        input: DeleteChannelRequest,
    ) -> Result<Changed<DeleteChannelResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let channel = find_for_change(&mut txn, call, &input.channel).await?;
        channel::delete(&mut txn, &channel).await.map_err(Refusal::from)?;
        let plan = plan(&mut txn, channel.account, channel.destinations, Self::NAME).await?;
        Ok(Changed { txn, output: DeleteChannelResponse {}, shown: None, plan: Some(plan) })
    }
}
