//! ListChannels: those of the call's Region, by name.

use cairn_api::errors::ListChannelsError as Error;
use cairn_api::shapes::{Channel, ListChannelsRequest, ListChannelsResponse};
use cairn_api::{Invalid, operations};
use cairn_gateway::Call;
use cairn_store::channel;

use crate::Services;
use crate::page::{Asked, page};
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::ListChannels {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListChannelsRequest,
    ) -> Result<ListChannelsResponse, Error> {
        let channels = channel::list(&services.store, call.caller.account, &call.region).await;
        let channels = channels.map_err(Refusal::from)?;
        let token = input.next_token.as_deref();
        let asked = Asked { limit: input.max_results, token, filters: &[] };
        let (channels, next_token) =
            page(services, call, channels, asked, |channel| &channel.name)?;
        let shown = channels
            .into_iter()
            .map(|channel| Channel { channel_arn: Some(channel.arn()), name: Some(channel.name) });
        Ok(ListChannelsResponse { channels: Some(shown.collect()), next_token })
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let of_token = first.path.split('.').next()? == "nextToken";
        of_token.then(|| Error::InvalidNextToken(invalid.to_string().into()))
    }
}
