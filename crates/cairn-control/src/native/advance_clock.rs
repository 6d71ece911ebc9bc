//! AdvanceClock: hours pass at once, on a server that was started with `dev = true`.

use std::time::Duration;

use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::json;

use super::{decode, invalid};
use crate::Services;

/// The most that one call moves the clock: ten years.
const MOST_SECONDS: u64 = 10 * 366 * 86_400;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    seconds: u64,
}

pub(crate) fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    if !call.caller.operator {
        let text = "AdvanceClock is for operators: administrators of the first account";
        return Err(Fault::access_denied(text));
    }
    let Some(dev) = &services.dev else {
        let text = "the clock cannot be moved: start the server with dev = true";
        return Err(Fault::client("InvalidRequestException", text));
    };
    let Input { seconds } = decode(&call.body)?;
    if seconds > MOST_SECONDS {
        return Err(invalid(format!("Seconds is {seconds}: use 0 to {MOST_SECONDS}")));
    }
    dev.advance(Duration::from_secs(seconds));
    services.trails.confirm_clock();
    let now = services.clock.now();
    let output = json!({ "Clock": { "Now": now.to_string() } });
    let request_parameters = request_parameters(&call.body, &[]);
    Ok(Done::json(call, &output, Trace { request_parameters, ..Trace::default() }))
}
