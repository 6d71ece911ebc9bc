//! GetTrailStatus: whether a trail logs, and how its deliveries from the call's Region went.

use cairn_api::errors::GetTrailStatusError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetTrailStatusRequest, GetTrailStatusResponse};
use cairn_core::Timestamp;
use cairn_gateway::Call;
use cairn_store::{Trail, TrailStatus, trail_status};

use super::find::find;
use crate::Services;
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::GetTrailStatus {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetTrailStatusRequest,
    ) -> Result<GetTrailStatusResponse, Error> {
        let trail = find(&services.store, call, &input.name).await?;
        let status = trail_status::get(&services.store, &trail.id, &call.region)
            .await
            .map_err(Refusal::from)?;
        Ok(view(&trail, status))
    }
}

/// The older members are texts, and there in any case: empty while there is nothing to tell.
fn view(trail: &Trail, status: TrailStatus) -> GetTrailStatusResponse {
    let text = |at: Option<Timestamp>| Some(at.map(|at| at.to_string()).unwrap_or_default());
    let TrailStatus { delivery, notification, digest } = status;
    let digest = if trail.settings.log_validation { digest } else { Default::default() };
    GetTrailStatusResponse {
        is_logging: Some(trail.logging),
        latest_cloud_watch_logs_delivery_error: None,
        latest_cloud_watch_logs_delivery_time: None,
        latest_delivery_attempt_succeeded: text(delivery.done),
        latest_delivery_attempt_time: text(delivery.attempted),
        latest_delivery_error: delivery.error,
        latest_delivery_time: delivery.done.map(Into::into),
        latest_digest_delivery_error: digest.error,
        latest_digest_delivery_time: digest.done.map(Into::into),
        latest_notification_attempt_succeeded: text(notification.done),
        latest_notification_attempt_time: text(notification.attempted),
        latest_notification_error: notification.error,
        latest_notification_time: notification.done.map(Into::into),
        start_logging_time: trail.started.map(Into::into),
        stop_logging_time: trail.stopped.map(Into::into),
        time_logging_started: text(trail.started),
        time_logging_stopped: text(trail.stopped),
    }
}
