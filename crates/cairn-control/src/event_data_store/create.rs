//! CreateEventDataStore: a table, and what goes into it from the record of this call on.

use cairn_api::errors::CreateEventDataStoreError as Error;
use cairn_api::shapes::{CreateEventDataStoreRequest, CreateEventDataStoreResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::event_data_store::{self, Billing, Schema};
use cairn_store::{EventDataStore, NewStore, StoreError, StoreSettings, Tag, Txn, tag};

use super::view::{created, elements};
use super::{key, plan, quota, selectors, settings};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};
use crate::tag::{tags, too_many};
use crate::trail::encode;

impl Change for operations::CreateEventDataStore {
    async fn change(
        services: &Services,
        call: &Call,
        input: CreateEventDataStoreRequest,
    ) -> Result<Changed<CreateEventDataStoreResponse>, Error> {
        let (given, schema) =
            selectors::given(input.advanced_event_selectors.as_ref(), &services.quotas.selectors)?;
        let mut settings = settings(&input, schema, encode(&given)?)?;
        settings::check(&settings, schema)?;
        let ingesting = input.start_ingestion.unwrap_or(true);
        check_ingestion(schema, ingesting)?;
        let tags = tags(input.tags_list.as_deref().unwrap_or_default())?;
        let account = call.caller.account;
        // Asked again when the store is made; here, so that a taken name is told first.
        let others = event_data_store::list(&services.store, account).await;
        room(services, call, &others.map_err(Refusal::from)?, &settings)?;
        if let Some(id) = &input.kms_key_id {
            let arn = event_data_store::arn(account, &call.region, "*");
            let home = (account, &call.region);
            let found = key::check(&*services.ports.keys, home, &arn, id).await?;
            settings.kms_key_arn = Some(found);
        }
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let others = event_data_store::list_for_change(&mut txn, account).await;
        room(services, call, &others.map_err(Refusal::from)?, &settings)?;
        let new = NewStore { home_region: &call.region, schema, ingesting, settings };
        let store = make(&mut txn, call, new, &tags).await?;
        let mut output = created(&store)?;
        output.tags_list = input.tags_list.filter(|tags| !tags.is_empty());
        let plan = Some(plan(&mut txn, &store, Self::NAME).await?);
        Ok(Changed { txn, output, shown: Some(elements(&store)), plan })
    }
}

fn settings(
    input: &CreateEventDataStoreRequest,
    schema: Schema,
    selectors: String,
) -> Result<StoreSettings, Refusal> {
    let billing = settings::billing(input.billing_mode.as_ref())?.unwrap_or(Billing::Extendable);
    let days = input.retention_period.and_then(|days| u32::try_from(days).ok());
    Ok(StoreSettings {
        name: input.name.clone(),
        selectors,
        // Events from outside have one Region.
        multi_region: input.multi_region_enabled.unwrap_or(schema != Schema::Activity),
        organization: input.organization_enabled.unwrap_or(false),
        retention_days: days.unwrap_or(settings::retention(billing).0),
        billing,
        termination_protection: input.termination_protection_enabled.unwrap_or(true),
        kms_key_arn: None,
    })
}

/// A store that StartEventDataStoreIngestion cannot start has to start now.
fn check_ingestion(schema: Schema, ingesting: bool) -> Result<(), Refusal> {
    if ingesting || matches!(schema, Schema::Events | Schema::ConfigurationItems) {
        return Ok(());
    }
    let text = "StartIngestion can be false only for an event data store for CloudTrail events or \
                configuration items.";
    Err(Refusal::new(Why::InvalidParameter, text))
}

fn room(
    services: &Services,
    call: &Call,
    others: &[EventDataStore],
    settings: &StoreSettings,
) -> Result<(), Refusal> {
    quota::check_name(others, &call.region, &settings.name)?;
    quota::check(others, call, settings.multi_region, services.quotas.event_data_stores)
}

async fn make(
    txn: &mut Txn,
    call: &Call,
    new: NewStore<'_>,
    tags: &[Tag],
) -> Result<EventDataStore, Refusal> {
    let account = call.caller.account;
    let name = new.settings.name.clone();
    let made = event_data_store::create(txn, account, new).await;
    let store = made.map_err(|error| match error {
        StoreError::AlreadyExists { .. } => quota::taken(&name, &account.to_string()),
        other => other.into(),
    })?;
    let put = tag::put(txn, &store.arn(), tags).await;
    // The operation has no name of its own for too many.
    put.map_err(|error| match too_many(error) {
        refusal if refusal.why == Why::TagsLimitExceeded => {
            Refusal::new(Why::InvalidTagParameter, refusal.text)
        }
        refusal => refusal,
    })?;
    Ok(store)
}
