//! A store as the API and the records show it.

use cairn_api::shapes::{
    BillingMode, CreateEventDataStoreResponse, EventDataStoreStatus, FederationStatus,
    GetEventDataStoreResponse, PartitionKey, RestoreEventDataStoreResponse,
    UpdateEventDataStoreResponse,
};
use cairn_event::Json;
use cairn_gateway::{instant, present};
use cairn_store::EventDataStore;

use super::selectors::shown;
use crate::refusal::Refusal;

/// What tables are partitioned by.
const PARTITION: (&str, &str) = ("eventtime_day", "date");

/// The store as GetEventDataStore shows it.
pub(crate) fn view(store: &EventDataStore) -> Result<GetEventDataStoreResponse, Refusal> {
    let settings = &store.settings;
    let (name, kind) = PARTITION;
    let federation = match store.federation_role {
        Some(_) => FederationStatus::Enabled,
        None => FederationStatus::Disabled,
    };
    Ok(GetEventDataStoreResponse {
        advanced_event_selectors: Some(shown(store)?),
        billing_mode: Some(BillingMode::from(settings.billing.as_str().to_owned())),
        created_timestamp: Some(store.created.into()),
        event_data_store_arn: Some(store.arn()),
        federation_role_arn: store.federation_role.clone(),
        federation_status: Some(federation),
        kms_key_id: settings.kms_key_arn.clone(),
        multi_region_enabled: Some(settings.multi_region),
        name: Some(settings.name.clone()),
        organization_enabled: Some(settings.organization),
        partition_keys: Some(vec![PartitionKey { name: name.to_owned(), r#type: kind.to_owned() }]),
        retention_period: i32::try_from(settings.retention_days).ok(),
        status: Some(EventDataStoreStatus::from(store.status.as_str().to_owned())),
        termination_protection_enabled: Some(settings.termination_protection),
        updated_timestamp: Some(store.updated.into()),
    })
}

/// What CreateEventDataStore answers.
pub(crate) fn created(store: &EventDataStore) -> Result<CreateEventDataStoreResponse, Refusal> {
    let shown = view(store)?;
    Ok(CreateEventDataStoreResponse {
        advanced_event_selectors: shown.advanced_event_selectors,
        billing_mode: shown.billing_mode,
        created_timestamp: shown.created_timestamp,
        event_data_store_arn: shown.event_data_store_arn,
        kms_key_id: shown.kms_key_id,
        multi_region_enabled: shown.multi_region_enabled,
        name: shown.name,
        organization_enabled: shown.organization_enabled,
        retention_period: shown.retention_period,
        status: shown.status,
        tags_list: None,
        termination_protection_enabled: shown.termination_protection_enabled,
        updated_timestamp: shown.updated_timestamp,
    })
}

/// What UpdateEventDataStore answers.
pub(crate) fn updated(store: &EventDataStore) -> Result<UpdateEventDataStoreResponse, Refusal> {
    let shown = view(store)?;
    Ok(UpdateEventDataStoreResponse {
        advanced_event_selectors: shown.advanced_event_selectors,
        billing_mode: shown.billing_mode,
        created_timestamp: shown.created_timestamp,
        event_data_store_arn: shown.event_data_store_arn,
        federation_role_arn: shown.federation_role_arn,
        federation_status: shown.federation_status,
        kms_key_id: shown.kms_key_id,
        multi_region_enabled: shown.multi_region_enabled,
        name: shown.name,
        organization_enabled: shown.organization_enabled,
        retention_period: shown.retention_period,
        status: shown.status,
        termination_protection_enabled: shown.termination_protection_enabled,
        updated_timestamp: shown.updated_timestamp,
    })
}

/// What RestoreEventDataStore answers: nothing of federation.
pub(crate) fn restored(store: &EventDataStore) -> Result<RestoreEventDataStoreResponse, Refusal> {
    let shown = created(store)?;
    Ok(RestoreEventDataStoreResponse {
        advanced_event_selectors: shown.advanced_event_selectors,
        billing_mode: shown.billing_mode,
        created_timestamp: shown.created_timestamp,
        event_data_store_arn: shown.event_data_store_arn,
        kms_key_id: shown.kms_key_id,
        multi_region_enabled: shown.multi_region_enabled,
        name: shown.name,
        organization_enabled: shown.organization_enabled,
        retention_period: shown.retention_period,
        status: shown.status,
        termination_protection_enabled: shown.termination_protection_enabled,
        updated_timestamp: shown.updated_timestamp,
    })
}

/// The `responseElements` of operations that answer with the store.
pub(crate) fn elements(store: &EventDataStore) -> Json {
    let settings = &store.settings;
    let text = |value: &Option<String>| value.clone().map(Json::from);
    let mut selectors = Json::parse(settings.selectors.as_bytes()).ok();
    if let Some(selectors) = &mut selectors {
        selectors.lower_camel();
    }
    let list = selectors.and_then(|document| match document {
        Json::Map(members) => members.into_iter().next().map(|(_, list)| list),
        _ => None,
    });
    present([
        ("eventDataStoreArn", Some(store.arn().into())),
        ("name", Some(settings.name.clone().into())),
        ("status", Some(store.status.as_str().into())),
        ("advancedEventSelectors", list),
        ("multiRegionEnabled", Some(settings.multi_region.into())),
        ("organizationEnabled", Some(settings.organization.into())),
        ("retentionPeriod", Some(u64::from(settings.retention_days).into())),
        ("terminationProtectionEnabled", Some(settings.termination_protection.into())),
        ("createdTimestamp", Some(instant(store.created).into())),
        ("updatedTimestamp", Some(instant(store.updated).into())),
        ("kmsKeyId", text(&settings.kms_key_arn)),
        ("billingMode", Some(settings.billing.as_str().into())),
        ("federationRoleArn", text(&store.federation_role)),
    ])
}
