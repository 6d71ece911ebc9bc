//! StartImport: a new import, or one that ended with failures once more.

use cairn_api::errors::StartImportError as Error;
use cairn_api::operations;
use cairn_api::shapes::{ImportSource, StartImportRequest, StartImportResponse};
use cairn_core::Timestamp;
use cairn_gateway::Call;
use cairn_store::event_data_store::{Schema, Status as StoreStatus};
use cairn_store::import::{self, Status};
use cairn_store::{EventDataStore, Import, NewImport, StoreError, Txn};

use super::find::find_for_change;
use super::source;
use super::view::{elements, started};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::event_data_store::active_for_change;
use crate::refusal::{Refusal, Why};

impl Change for operations::StartImport {
    const INSTANTS: &'static [&'static str] = &["StartEventTime", "EndEventTime"];

    async fn change(
        services: &Services,
        call: &Call,
        input: StartImportRequest,
    ) -> Result<Changed<StartImportResponse>, Error> {
        let (txn, import) = match &input.import_id {
            Some(id) => {
                refuse_others(&input)?;
                again(services, call, id).await?
            }
            None => new(services, call, &input).await?,
        };
        let (output, shown) = (started(&import), Some(elements(&import)));
        Ok(Changed { txn, output, shown, plan: None })
    }
}

/// Who names an import says everything with it.
fn refuse_others(input: &StartImportRequest) -> Result<(), Refusal> {
    let alone = input.destinations.is_none()
        && input.import_source.is_none()
        && input.start_event_time.is_none()
        && input.end_event_time.is_none();
    if alone {
        return Ok(());
    }
    let text = "To retry an import, specify ImportId and no other parameter.";
    Err(Refusal::new(Why::InvalidParameter, text))
}

async fn again(services: &Services, call: &Call, id: &str) -> Result<(Txn, Import), Refusal> {
    let mut txn = services.store.begin().await?;
    let mut import = find_for_change(&mut txn, call, id).await?;
    refuse_ongoing(&mut txn, call).await?;
    if import.status == Status::Completed {
        let text = format!("The import {id} is complete: there is nothing to retry.");
        return Err(Refusal::new(Why::InvalidParameter, text));
    }
    check_store(&active_for_change(&mut txn, call, &import.store).await?)?;
    import::retry(&mut txn, &mut import).await?;
    Ok((txn, import))
}

async fn new(
    services: &Services,
    call: &Call,
    input: &StartImportRequest,
) -> Result<(Txn, Import), Refusal> {
    let (destination, given) = required(input)?;
    let (start, end) = range(input)?;
    let origin = source::parse(&given.s3)?;
    source::check(&*services.ports.buckets, &origin).await?;
    let mut txn = services.store.begin().await?;
    let store = active_for_change(&mut txn, call, destination).await?;
    check_store(&store)?;
    refuse_ongoing(&mut txn, call).await?;
    let new = NewImport {
        region: &call.region,
        store: &store.id,
        store_arn: &store.arn(),
        source: origin,
        start,
        end,
    };
    let made = import::create(&mut txn, call.caller.account, new).await;
    let import = made.map_err(|error| match error {
        StoreError::AlreadyExists { .. } => ongoing(call, ""),
        other => other.into(),
    })?;
    Ok((txn, import))
}

fn required(input: &StartImportRequest) -> Result<(&str, &ImportSource), Refusal> {
    let destination = input.destinations.as_deref().and_then(<[String]>::first);
    match (destination, &input.import_source) {
        (Some(destination), Some(source)) => Ok((destination, source)),
        _ => {
            let text = "A new import needs Destinations and ImportSource; to retry an import, \
                        specify ImportId.";
            Err(Refusal::new(Why::InvalidParameter, text))
        }
    }
}

fn range(input: &StartImportRequest) -> Result<(Option<Timestamp>, Option<Timestamp>), Refusal> {
    let start = input.start_event_time.map(|at| at.timestamp());
    let end = input.end_event_time.map(|at| at.timestamp());
    if start.zip(end).is_some_and(|(start, end)| start > end) {
        let text = "StartEventTime is after EndEventTime. Use a start time that is not later.";
        return Err(Refusal::new(Why::InvalidParameter, text));
    }
    Ok((start, end))
}

fn check_store(store: &EventDataStore) -> Result<(), Refusal> {
    let (arn, status) = (store.arn(), store.status.as_str());
    if store.schema != Schema::Events {
        let text = format!(
            "The event data store {arn} does not have CloudTrail events: trail events can be \
             imported into event data stores of management, data and network activity events only."
        );
        return Err(Refusal::new(Why::InvalidEventDataStoreCategory, text));
    }
    if !matches!(store.status, StoreStatus::Enabled | StoreStatus::StoppedIngestion) {
        let text = format!(
            "The event data store {arn} has the status {status}. An import needs the status \
             ENABLED or STOPPED_INGESTION."
        );
        return Err(Refusal::new(Why::InvalidEventDataStoreStatus, text));
    }
    Ok(())
}

async fn refuse_ongoing(txn: &mut Txn, call: &Call) -> Result<(), Refusal> {
    match import::ongoing(txn, call.caller.account).await? {
        Some(id) => Err(ongoing(call, &format!(": {id}"))),
        None => Ok(()),
    }
}

fn ongoing(call: &Call, which: &str) -> Refusal {
    let account = call.caller.account;
    let text = format!("The account {account} has an ongoing import{which}.");
    Refusal::new(Why::AccountHasOngoingImport, text)
}
