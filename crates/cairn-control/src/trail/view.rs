//! A trail as the API and the records show it.

use cairn_api::shapes::{CreateTrailResponse, Trail as View, UpdateTrailResponse};
use cairn_event::Json;
use cairn_gateway::present;
use cairn_store::Trail;

/// The trail as DescribeTrails and GetTrail show it.
pub(crate) fn view(trail: &Trail) -> View {
    let settings = trail.settings.clone();
    View {
        cloud_watch_logs_log_group_arn: settings.log_group_arn,
        cloud_watch_logs_role_arn: settings.log_role_arn,
        has_custom_event_selectors: Some(trail.custom_selectors),
        has_insight_selectors: Some(trail.insights.is_some()),
        home_region: Some(trail.home_region.to_string()),
        include_global_service_events: Some(settings.include_global),
        is_multi_region_trail: Some(settings.multi_region),
        is_organization_trail: Some(settings.organization),
        kms_key_id: settings.kms_key_arn,
        log_file_validation_enabled: Some(settings.log_validation),
        name: Some(trail.name.clone()),
        s3_bucket_name: Some(settings.bucket),
        s3_key_prefix: settings.prefix,
        sns_topic_arn: settings.topic_arn,
        sns_topic_name: settings.topic_name,
        trail_arn: Some(trail.arn()),
    }
}

/// What CreateTrail answers.
pub(crate) fn created(trail: &Trail) -> CreateTrailResponse {
    let shown = view(trail);
    CreateTrailResponse {
        cloud_watch_logs_log_group_arn: shown.cloud_watch_logs_log_group_arn,
        cloud_watch_logs_role_arn: shown.cloud_watch_logs_role_arn,
        include_global_service_events: shown.include_global_service_events,
        is_multi_region_trail: shown.is_multi_region_trail,
        is_organization_trail: shown.is_organization_trail,
        kms_key_id: shown.kms_key_id,
        log_file_validation_enabled: shown.log_file_validation_enabled,
        name: shown.name,
        s3_bucket_name: shown.s3_bucket_name,
        s3_key_prefix: shown.s3_key_prefix,
        sns_topic_arn: shown.sns_topic_arn,
        sns_topic_name: shown.sns_topic_name,
        trail_arn: shown.trail_arn,
    }
}

/// What UpdateTrail answers: the same members.
pub(crate) fn updated(trail: &Trail) -> UpdateTrailResponse {
    let shown = created(trail);
    UpdateTrailResponse {
        cloud_watch_logs_log_group_arn: shown.cloud_watch_logs_log_group_arn,
        cloud_watch_logs_role_arn: shown.cloud_watch_logs_role_arn,
        include_global_service_events: shown.include_global_service_events,
        is_multi_region_trail: shown.is_multi_region_trail,
        is_organization_trail: shown.is_organization_trail,
        kms_key_id: shown.kms_key_id,
        log_file_validation_enabled: shown.log_file_validation_enabled,
        name: shown.name,
        s3_bucket_name: shown.s3_bucket_name,
        s3_key_prefix: shown.s3_key_prefix,
        sns_topic_arn: shown.sns_topic_arn,
        sns_topic_name: shown.sns_topic_name,
        trail_arn: shown.trail_arn,
    }
}

/// The `responseElements` of CreateTrail and UpdateTrail, in the order that real records have.
pub(crate) fn elements(trail: &Trail) -> Json {
    let settings = &trail.settings;
    let text = |value: &Option<String>| value.clone().map(Json::from);
    present([
        ("name", Some(trail.name.clone().into())),
        ("s3BucketName", Some(settings.bucket.clone().into())),
        ("s3KeyPrefix", text(&settings.prefix)),
        ("snsTopicName", text(&settings.topic_name)),
        ("snsTopicARN", text(&settings.topic_arn)),
        ("includeGlobalServiceEvents", Some(settings.include_global.into())),
        ("isMultiRegionTrail", Some(settings.multi_region.into())),
        ("trailARN", Some(trail.arn().into())),
        ("logFileValidationEnabled", Some(settings.log_validation.into())),
        ("cloudWatchLogsLogGroupArn", text(&settings.log_group_arn)),
        ("cloudWatchLogsRoleArn", text(&settings.log_role_arn)),
        ("kmsKeyId", text(&settings.kms_key_arn)),
        ("isOrganizationTrail", Some(settings.organization.into())),
    ])
}
