//! TailEvents: what was stored after a cursor, oldest first. A call without anything new waits.

use std::sync::Arc;
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
/// Record bytes of one answer, save that it has at least one record.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// How long a tail that was woken waits for more.
const GATHER: Duration = Duration::from_millis(20);
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
        let text = "After lies beyond the end: use the Cursor of an earlier answer";
        return Err(invalid(text.to_owned()));
    }
    let caller = &call.caller.user_id;
    let continues = place.after.is_some_and(|after| services.tails.continues(caller, after));
    let tail = Tail { journal: services.journal.clone(), account: call.caller.account, limit };
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

/// One account's view of the journal's end. Nothing else in this crate reads the journal in order.
struct Tail {
    journal: Journal,
    account: AccountId,
    limit: usize,
}

impl Tail {
    /// Answers when something was found, when a scan's worth was passed over, or after `wait`.
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
        let tail = Arc::new(self);
        loop {
            let (this, wanted) = (tail.clone(), wanted.clone());
            let place = services.answers.acquire().await;
            let scan = move || this.scan(cursor, wanted);
            let (found, reached) = cairn_task::blocking("tail", scan).await?;
            drop(place);
            let scanned = reached.0 - cursor.0;
            cursor = reached;
            let left = deadline.saturating_sub(services.clock.elapsed());
            let full = scanned >= SCAN as u64;
            if !found.is_empty() || full || left.is_zero() || services.stop.is_stopped() {
                return Ok((found, cursor));
            }
            tokio::select! {
                () = services.stop.stopped() => {}
                _ = tokio::time::timeout(left, durable.wait_for(|seq| *seq > cursor)) => {}
            }
            // Under load every commit wakes every tail; what comes in a moment comes together.
            tokio::time::sleep(GATHER.min(left)).await;
        }
    }

    fn scan(
        &self,
        after: Seq,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<(Vec<Record>, Seq), Fault> {
        let mut reader = self.journal.reader(after.next());
        let (mut found, mut cursor, mut seen, mut bytes) = (Vec::new(), after, 0, 0);
        loop {
            let block = reader.next(BLOCK).map_err(|error| Fault::internal(error.to_string()))?;
            let Some(block) = block else { return Ok((found, cursor)) };
            for record in block.iter() {
                if found.len() == self.limit || seen == SCAN || bytes >= ANSWER_BYTES {
                    return Ok((found, cursor));
                }
                cursor = record.seq;
                seen += 1;
                if record.account == self.account && wanted(record) {
                    bytes += record.raw.len();
                    found.push(record.clone());
                }
            }
        }
    }
}
