//! TailEvents: what was stored after a cursor, oldest first. A call without anything new waits.

use std::time::Duration;

use cairn_core::{AccountId, Seq};
use cairn_gateway::{Call, Done, Recording, Trace, request_parameters};
use cairn_journal::{Journal, Record};
use cairn_wire::Fault;
use serde::{Deserialize, Serialize};

use super::filter::matches;
use super::shapes::{Filter, Found};
use super::{decode, invalid};
use crate::Services;

const MAX_WAIT_SECONDS: u64 = 20;
const DEFAULT_WAIT_SECONDS: u64 = 10;
const MAX_RESULTS: usize = 1000;
/// Records looked at in one call; the cursor moves past those that did not match.
const SCAN: usize = 200_000;
/// Records taken from the journal at a time.
const BLOCK: usize = 1000;

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
        let text = format!("After is {after}, but only {durable} records are stored");
        return Err(invalid(text));
    }
    let tail = Tail { journal: services.journal.clone(), account: call.caller.account, limit };
    let wanted = move |record: &Record| {
        record.event().is_some_and(|event| matches(&query, region.as_ref(), &event))
    };
    let (records, cursor) = tail.next(after, Duration::from_secs(wait), services, wanted).await?;
    let output = Output { records: records.iter().map(Found::from).collect(), cursor: cursor.0 };
    let trace = Trace {
        request_parameters: request_parameters(&call.body, &[]),
        read_only: true,
        // Only the call that starts a tail is a record; else every tail would feed itself.
        recording: if place.after.is_none() { Recording::FrontDoor } else { Recording::Skipped },
        ..Trace::default()
    };
    Ok(Done::json(call, &output, trace))
}

/// One account's view of the journal's end. Nothing else in this crate reads the journal in order.
struct Tail {
    journal: Journal,
    account: AccountId,
    limit: usize,
}

impl Tail {
    async fn next(
        self,
        after: Seq,
        wait: Duration,
        services: &Services,
        wanted: impl Fn(&Record) -> bool + Send + Sync + Clone + 'static,
    ) -> Result<(Vec<Record>, Seq), Fault> {
        let deadline = services.clock.elapsed() + wait;
        let mut durable = self.journal.watch_durable();
        let mut cursor = after;
        let tail = std::sync::Arc::new(self);
        loop {
            let (this, wanted) = (tail.clone(), wanted.clone());
            let scan = move || this.scan(cursor, wanted);
            let (found, reached) = cairn_task::blocking("tail", scan).await?;
            cursor = reached;
            let left = deadline.saturating_sub(services.clock.elapsed());
            if !found.is_empty() || left.is_zero() || services.stop.is_stopped() {
                return Ok((found, cursor));
            }
            tokio::select! {
                () = services.stop.stopped() => {}
                _ = tokio::time::timeout(left, durable.wait_for(|seq| *seq > cursor)) => {}
            }
        }
    }

    fn scan(
        &self,
        after: Seq,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<(Vec<Record>, Seq), Fault> {
        let mut reader = self.journal.reader(after.next());
        let (mut found, mut cursor, mut seen) = (Vec::new(), after, 0);
        loop {
            let block = reader.next(BLOCK).map_err(|error| Fault::internal(error.to_string()))?;
            let Some(block) = block else { return Ok((found, cursor)) };
            for record in block.iter() {
                if found.len() == self.limit || seen == SCAN {
                    return Ok((found, cursor));
                }
                cursor = record.seq;
                seen += 1;
                if record.account == self.account && wanted(record) {
                    found.push(record.clone());
                }
            }
        }
    }
}
