//! GetChannel, with how its newest events went.

use cairn_api::errors::GetChannelError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetChannelRequest, GetChannelResponse, IngestionStatus};
use cairn_gateway::Call;

use super::find::find;
use super::view::destinations;
use crate::Services;
use crate::table::Serve;

impl Serve for operations::GetChannel {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetChannelRequest,
    ) -> Result<GetChannelResponse, Error> {
        let channel = find(&services.store, call, &input.channel).await?;
        let went = channel.ingestion.clone();
        let status = went.attempted.is_some().then(|| IngestionStatus {
            latest_ingestion_attempt_event_id: went.attempted_event,
            latest_ingestion_attempt_time: went.attempted.map(Into::into),
            latest_ingestion_error_code: went.error,
            latest_ingestion_success_event_id: went.succeeded_event,
            latest_ingestion_success_time: went.succeeded.map(Into::into),
        });
        Ok(GetChannelResponse {
            channel_arn: Some(channel.arn()),
            destinations: Some(destinations(&channel)),
            ingestion_status: status,
            name: Some(channel.name),
            source: Some(channel.source),
            source_config: None,
        })
    }
}
