//! RehearseTrail: what selectors would have matched, before they are saved.

use cairn_core::{Region, Timestamp};
use cairn_event::selector::{AdvancedSelector, BasicSelector, Quotas, Scope, Selectors};
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_trail::Rehearsal;
use cairn_wire::Fault;
use serde::Deserialize;
use serde_json::json;

use super::{decode, invalid};
use crate::Services;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    event_selectors: Option<Vec<BasicSelector>>,
    advanced_event_selectors: Option<Vec<AdvancedSelector>>,
    #[serde(default)]
    is_multi_region_trail: bool,
    #[serde(default = "yes")]
    include_global_service_events: bool,
    home_region: Option<String>,
    /// Seconds since 1970; without it, everything since the beginning.
    start_time: Option<f64>,
    end_time: Option<f64>,
}

fn yes() -> bool {
    true
}

pub(crate) async fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    if !call.caller.admin {
        let text = "RehearseTrail is for administrators of the account";
        return Err(Fault::access_denied(text));
    }
    let input: Input = decode(&call.body)?;
    let selectors = match (input.event_selectors, input.advanced_event_selectors) {
        (None, None) => Selectors::default(),
        (basic, advanced) => Selectors::of(basic, advanced).map_err(refused)?,
    };
    selectors.validate(Scope::Trail, &Quotas::default()).map_err(refused)?;
    let instant = |seconds: f64| Timestamp::from_millis((seconds * 1000.0) as i64);
    let start = input.start_time.map_or(Timestamp::EPOCH, instant);
    let end = input.end_time.map_or(Timestamp::MAX, instant);
    if start > end {
        return Err(invalid("StartTime is after EndTime".to_owned()));
    }
    let home_region = input.home_region.map(|name| name.parse::<Region>()).transpose();
    let home_region = home_region.map_err(|error| invalid(format!("HomeRegion: {error}")))?;
    let rehearsal = Rehearsal {
        account: call.caller.account,
        home_region: home_region.unwrap_or_else(|| call.region.clone()),
        multi_region: input.is_multi_region_trail,
        include_global: input.include_global_service_events,
        selectors,
        span: (start, end),
    };
    let found = services.trails.rehearse(rehearsal).await;
    let found = found.map_err(|error| Fault::internal(error.to_string()))?;
    let output = json!({ "Rehearsal": {
        "EventsSeen": found.seen,
        "Events": found.events,
        "Bytes": found.bytes,
        "ManagementEvents": found.management,
        "DataEvents": found.data,
        "OtherEvents": found.others,
    } });
    let request_parameters = request_parameters(&call.body, &["StartTime", "EndTime"]);
    let trace = Trace { request_parameters, read_only: true, ..Trace::default() };
    Ok(Done::json(call, &output, trace))
}

fn refused(invalid: cairn_event::selector::InvalidSelectors) -> Fault {
    Fault::client("InvalidEventSelectorsException", invalid.to_string())
}
