//! UpdateEventDataStore: what is not named stays.

use cairn_api::errors::UpdateEventDataStoreError as Error;
use cairn_api::shapes::{UpdateEventDataStoreRequest, UpdateEventDataStoreResponse};
use cairn_api::{Operation, operations};
use cairn_event::selector::{InsightSelector, Quotas, Scope};
use cairn_gateway::Call;
use cairn_store::event_data_store::{self, Billing};
use cairn_store::{EventDataStore, StoreError, Txn};

use super::view::{elements, updated};
use super::{active_for_change, key, of, plan, quota, selectors, settings};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::import::refuse_importing;
use crate::refusal::{Refusal, Why};
use crate::trail::encode;

impl Change for operations::UpdateEventDataStore {
    async fn change(
        services: &Services,
        call: &Call,
        input: UpdateEventDataStoreRequest,
    ) -> Result<Changed<UpdateEventDataStoreResponse>, Error> {
        // Not within the change: the key is asked about at its service's own pace.
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let before = active_for_change(&mut txn, call, &input.event_data_store).await?;
        drop(txn);
        let mut after = changed(&before, &input, &services.quotas.selectors)?;
        if let Some(id) = &input.kms_key_id {
            let home = (before.account, &before.home_region);
            let found = key::check(&*services.ports.keys, home, &before.arn(), id).await?;
            after.settings.kms_key_arn = Some(found);
        }
        check_key(&before, &after)?;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let found = active_for_change(&mut txn, call, &input.event_data_store).await?;
        // How far the lake has come with it is no change of it.
        if (EventDataStore { status: before.status, ..found.clone() }) != before {
            let text = format!("The event data store {} was changed meanwhile.", found.arn());
            return Err(Refusal::new(Why::Conflict, text).into());
        }
        after.status = found.status;
        refuse_importing(&mut txn, &found).await?;
        room(services, call, &mut txn, (&before, &after)).await?;
        write(&mut txn, &mut after).await?;
        let output = updated(&after)?;
        let plan = Some(plan(&mut txn, &after, Self::NAME).await?);
        Ok(Changed { txn, output, shown: Some(elements(&after)), plan })
    }
}

/// The store with what the request gives, checked.
fn changed(
    before: &EventDataStore,
    input: &UpdateEventDataStoreRequest,
    quotas: &Quotas,
) -> Result<EventDataStore, Refusal> {
    check_given(input)?;
    let mut after = before.clone();
    let to = &mut after.settings;
    if let Some(list) = &input.advanced_event_selectors {
        let (given, schema) = selectors::given(Some(list), quotas)?;
        if schema != before.schema {
            let text = "The event category of an event data store cannot be changed to one that \
                        it was not created for.";
            return Err(Refusal::new(Why::InvalidEventSelectors, text));
        }
        to.selectors = encode(&given)?;
    }
    if let Some(billing) = settings::billing(input.billing_mode.as_ref())? {
        if (to.billing, billing) == (Billing::Extendable, Billing::Fixed) {
            let text = "The billing mode cannot be changed from EXTENDABLE_RETENTION_PRICING to \
                        FIXED_RETENTION_PRICING.";
            return Err(Refusal::new(Why::InvalidParameter, text));
        }
        to.billing = billing;
    }
    if let Some(name) = &input.name {
        to.name.clone_from(name);
    }
    to.multi_region = input.multi_region_enabled.unwrap_or(to.multi_region);
    to.organization = input.organization_enabled.unwrap_or(to.organization);
    let days = input.retention_period.and_then(|days| u32::try_from(days).ok());
    to.retention_days = days.unwrap_or(to.retention_days);
    let protected = input.termination_protection_enabled;
    to.termination_protection = protected.unwrap_or(to.termination_protection);
    settings::check(&after.settings, after.schema)?;
    check_insights(&after)?;
    Ok(after)
}

fn check_given(input: &UpdateEventDataStoreRequest) -> Result<(), Refusal> {
    let given = [
        input.advanced_event_selectors.is_some(),
        input.billing_mode.is_some(),
        input.kms_key_id.is_some(),
        input.multi_region_enabled.is_some(),
        input.name.is_some(),
        input.organization_enabled.is_some(),
        input.retention_period.is_some(),
        input.termination_protection_enabled.is_some(),
    ];
    if given.contains(&true) {
        return Ok(());
    }
    let text = "You must specify at least one optional parameter to update.";
    Err(Refusal::new(Why::InvalidParameter, text))
}

/// Insights are found in events that are there.
fn check_insights(after: &EventDataStore) -> Result<(), Refusal> {
    let Some(text) = &after.insights else { return Ok(()) };
    let list: Vec<InsightSelector> = serde_json::from_str(text).map_err(|error| {
        let text = format!("the insight selectors of {} are damaged: {error}", after.id);
        Refusal::new(Why::Internal, text)
    })?;
    InsightSelector::validate(&list, &of(after)?, Scope::EventDataStore)
        .map_err(|error| Refusal::new(Why::InvalidInsightSelectors, error.to_string()))
}

fn check_key(before: &EventDataStore, after: &EventDataStore) -> Result<(), Refusal> {
    let (had, has) = (&before.settings.kms_key_arn, &after.settings.kms_key_arn);
    if had.is_some() && had != has {
        let text = "The KMS key of an event data store cannot be removed or changed.";
        return Err(Refusal::new(Why::InvalidParameter, text));
    }
    Ok(())
}

async fn room(
    services: &Services,
    call: &Call,
    txn: &mut Txn,
    (before, after): (&EventDataStore, &EventDataStore),
) -> Result<(), Refusal> {
    let mut others = event_data_store::list_for_change(txn, after.account).await?;
    others.retain(|store| store.id != after.id);
    quota::check_name(&others, &after.home_region, &after.settings.name)?;
    if after.settings.multi_region && !before.settings.multi_region {
        quota::check(&others, call, true, services.quotas.event_data_stores)
            // UpdateEventDataStore has no name of its own for this.
            .map_err(|refusal| Refusal::new(Why::InvalidParameter, refusal.text))?;
    }
    Ok(())
}

async fn write(txn: &mut Txn, after: &mut EventDataStore) -> Result<(), Refusal> {
    let written = event_data_store::update(txn, after).await;
    written.map_err(|error| match error {
        StoreError::AlreadyExists { .. } => {
            quota::taken(&after.settings.name, &after.account.to_string())
        }
        other => other.into(),
    })
}
