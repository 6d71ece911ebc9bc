//! An import as the API and the records show it.

use cairn_api::shapes::{
    GetImportResponse, ImportSource, ImportStatistics, ImportStatus, ImportsListItem,
    S3ImportSource, StartImportResponse, StopImportResponse,
};
use cairn_event::Json;
use cairn_gateway::{instant, present};
use cairn_store::Import;
use cairn_store::import::Statistics;

/// The import as GetImport shows it.
pub(super) fn view(import: &Import, statistics: &Statistics) -> GetImportResponse {
    GetImportResponse {
        created_timestamp: Some(import.created.into()),
        destinations: Some(vec![import.store_arn.clone()]),
        end_event_time: import.end.map(Into::into),
        import_id: Some(import.id.clone()),
        import_source: Some(source(import)),
        import_statistics: Some(counted(statistics)),
        import_status: Some(status(import)),
        start_event_time: import.start.map(Into::into),
        updated_timestamp: Some(import.updated.into()),
    }
}

/// What StartImport answers: nothing is counted yet.
pub(super) fn started(import: &Import) -> StartImportResponse {
    let shown = view(import, &Statistics::default());
    StartImportResponse {
        created_timestamp: shown.created_timestamp,
        destinations: shown.destinations,
        end_event_time: shown.end_event_time,
        import_id: shown.import_id,
        import_source: shown.import_source,
        import_status: shown.import_status,
        start_event_time: shown.start_event_time,
        updated_timestamp: shown.updated_timestamp,
    }
}

/// What StopImport answers.
pub(super) fn stopped(import: &Import, statistics: &Statistics) -> StopImportResponse {
    let shown = view(import, statistics);
    StopImportResponse {
        created_timestamp: shown.created_timestamp,
        destinations: shown.destinations,
        end_event_time: shown.end_event_time,
        import_id: shown.import_id,
        import_source: shown.import_source,
        import_statistics: shown.import_statistics,
        import_status: shown.import_status,
        start_event_time: shown.start_event_time,
        updated_timestamp: shown.updated_timestamp,
    }
}

/// One of ListImports.
pub(super) fn item(import: &Import) -> ImportsListItem {
    ImportsListItem {
        created_timestamp: Some(import.created.into()),
        destinations: Some(vec![import.store_arn.clone()]),
        import_id: Some(import.id.clone()),
        import_status: Some(status(import)),
        updated_timestamp: Some(import.updated.into()),
    }
}

/// The `responseElements` of operations that answer with the import.
pub(super) fn elements(import: &Import) -> Json {
    let origin = &import.source;
    let s3 = Json::map([
        ("s3LocationUri", origin.uri.clone()),
        ("s3BucketRegion", origin.region.clone()),
        ("s3BucketAccessRoleArn", origin.role.clone()),
    ]);
    present([
        ("importId", Some(import.id.clone().into())),
        ("destinations", Some(Json::List(vec![import.store_arn.clone().into()]))),
        ("importSource", Some(Json::map([("s3", s3)]))),
        ("startEventTime", import.start.map(|at| instant(at).into())),
        ("endEventTime", import.end.map(|at| instant(at).into())),
        ("importStatus", Some(import.status.as_str().into())),
        ("createdTimestamp", Some(instant(import.created).into())),
        ("updatedTimestamp", Some(instant(import.updated).into())),
    ])
}

fn source(import: &Import) -> ImportSource {
    let origin = &import.source;
    ImportSource {
        s3: S3ImportSource {
            s3_bucket_access_role_arn: origin.role.clone(),
            s3_bucket_region: origin.region.clone(),
            s3_location_uri: origin.uri.clone(),
        },
    }
}

fn status(import: &Import) -> ImportStatus {
    ImportStatus::from(import.status.as_str().to_owned())
}

fn counted(statistics: &Statistics) -> ImportStatistics {
    let count = |count: u64| Some(count as i64);
    ImportStatistics {
        events_completed: count(statistics.events_completed),
        failed_entries: count(statistics.failed_entries),
        files_completed: count(statistics.files_completed),
        prefixes_completed: count(statistics.prefixes_completed),
        prefixes_found: count(statistics.prefixes_found),
    }
}
