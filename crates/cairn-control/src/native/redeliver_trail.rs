//! RedeliverTrail: what a bucket lost is put back, from the journal, under its old keys.

use cairn_core::Timestamp;
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::json;

use super::decode;
use crate::Services;
use crate::refusal::Refusal;
use crate::trail::find_for_change;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    /// Name or ARN.
    trail: String,
    /// Seconds since 1970.
    start_time: f64,
    end_time: f64,
}

pub(crate) async fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    if !call.caller.admin {
        let text = "RedeliverTrail is for administrators of the trail's account";
        return Err(Fault::access_denied(text));
    }
    let input: Input = decode(&call.body)?;
    let begin = services.store.begin().await;
    let mut txn = begin.map_err(|error| Fault::unavailable(error.to_string()))?;
    let trail = find_for_change(&mut txn, call, &input.trail).await.map_err(refused)?;
    // Nothing is changed by this transaction: it only asked.
    drop(txn);
    let instant = |seconds: f64| Timestamp::from_millis((seconds * 1000.0) as i64);
    let span = (instant(input.start_time), instant(input.end_time));
    let done = services.trails.redeliver(&trail.id, span).await;
    let done = done.map_err(|error| Fault::internal(error.to_string()))?;
    let output = json!({ "Redelivery": {
        "TrailARN": trail.arn(),
        "LogFiles": done.files,
        "Digests": done.digests,
        "Recompressed": done.recompressed,
    } });
    let request_parameters = request_parameters(&call.body, &["StartTime", "EndTime"]);
    Ok(Done::json(call, &output, Trace { request_parameters, ..Trace::default() }))
}

fn refused(refusal: Refusal) -> Fault {
    Fault::client(format!("{:?}Exception", refusal.why), refusal.text)
}
