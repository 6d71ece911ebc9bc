//! TailEvents: what was stored after a cursor, oldest first. A call without anything new waits.

use std::time::Duration;

use cairn_core::Seq;
use cairn_gateway::{Call, Done, Recording, Trace, request_parameters};
use cairn_journal::Record;
use cairn_wire::Fault;
use serde::{Deserialize, Serialize};

use super::filter::matches;
use super::shapes::{Filter, Found};
use super::tail::Tail;
use super::{decode, invalid};
use crate::Services;

const MAX_WAIT_SECONDS: u64 = 20;
const DEFAULT_WAIT_SECONDS: u64 = 10;
const MAX_RESULTS: usize = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Place {
    after: Option<u64>,
    wait_seconds: Option<u64>,
    max_results: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    records: Vec<Found>,
    /// `After` of the next call.
    cursor: u64,
}

pub(crate) async fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    let filter: Filter = decode(&call.body)?;
    let place: Place = decode(&call.body)?;
    let limit = place.max_results.unwrap_or(MAX_RESULTS);
    if limit == 0 || limit > MAX_RESULTS {
        return Err(invalid(format!("MaxResults is {limit}: use 1 to {MAX_RESULTS}")));
    }
    let wait = place.wait_seconds.unwrap_or(DEFAULT_WAIT_SECONDS);
    if wait > MAX_WAIT_SECONDS {
        return Err(invalid(format!("WaitSeconds is {wait}: use 0 to {MAX_WAIT_SECONDS}")));
    }
    let (query, region) = (filter.query()?, filter.region()?);
    let durable = services.journal.durable();
    let after = place.after.map_or(durable, Seq);
    if after > durable {
        let text = "After lies beyond the end: use the Cursor of an earlier answer";
        return Err(invalid(text.to_owned()));
    }
    let caller = &call.caller.user_id;
    let continues = place.after.is_some_and(|after| services.tails.continues(caller, after));
    let tail = Tail::new(services, call.caller.account, limit);
    let wanted = move |record: &Record| {
        record.event().is_some_and(|event| matches(&query, region.as_ref(), &event))
    };
    let (records, cursor) = tail.next(after, Duration::from_secs(wait), services, wanted).await?;
    services.tails.hand_out(caller, cursor.0);
    let output = Output { records: records.iter().map(Found::from).collect(), cursor: cursor.0 };
    let trace = Trace {
        request_parameters: request_parameters(&call.body, &[]),
        read_only: true,
        recording: if continues { Recording::Skipped } else { Recording::FrontDoor },
        ..Trace::default()
    };
    Ok(Done::json(call, &output, trace))
}
