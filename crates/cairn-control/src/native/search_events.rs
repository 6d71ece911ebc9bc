//! SearchEvents: LookupEvents without its limits: several attributes at once, free text, every
//! category and Region of the account.

use cairn_core::{ErrorKind, Timestamp};
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_wire::Fault;
use serde::{Deserialize, Serialize};

use super::shapes::{Filter, Found};
use super::{decode, invalid};
use crate::Services;
use crate::lookup::{Binding, newest};

/// Records of one page at the most, and the default.
const MAX_RESULTS: usize = 1000;
const DEFAULT_RESULTS: usize = 50;

/// The page that is asked for; the conditions are a [`Filter`] in the same body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Paging {
    start_time: Option<f64>,
    end_time: Option<f64>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    records: Vec<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(crate) async fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    let filter: Filter = decode(&call.body)?;
    let paging: Paging = decode(&call.body)?;
    let limit = paging.max_results.unwrap_or(DEFAULT_RESULTS);
    if limit == 0 || limit > MAX_RESULTS {
        return Err(invalid(format!("MaxResults is {limit}: use 1 to {MAX_RESULTS}")));
    }
    let binding = filter.binding(call).with(bits(paging.start_time).as_deref());
    let binding = binding.with(bits(paging.end_time).as_deref());
    let mut query = filter.query()?;
    query.start = paging.start_time.map(instant);
    query.end = paging.end_time.map(instant);
    query.limit = limit;
    if let Some(token) = &paging.next_token {
        let position = services.tokens.open(token, &binding);
        query.after = Some(position.ok_or_else(|| {
            invalid("NextToken does not belong to this question: ask again without it".to_owned())
        })?);
    }
    let page = newest(services, call, filter.region()?, query).await;
    let page = page.map_err(|error| match error.kind() {
        ErrorKind::Unavailable => Fault::unavailable(error.to_string()),
        _ => Fault::internal(error.to_string()),
    })?;
    let next_token = page.next.map(|position| services.tokens.seal(position, &binding));
    let output = Output { records: page.records.iter().map(Found::from).collect(), next_token };
    let trace = Trace {
        request_parameters: request_parameters(&call.body, &["StartTime", "EndTime"]),
        read_only: true,
        ..Trace::default()
    };
    Ok(Done::json(call, &output, trace))
}

fn instant(seconds: f64) -> Timestamp {
    Timestamp::from_millis((seconds * 1000.0) as i64)
}

fn bits(seconds: Option<f64>) -> Option<String> {
    seconds.map(|seconds| seconds.to_string())
}

impl Filter {
    /// What a page token of this filter is bound to.
    fn binding(&self, call: &Call) -> Binding {
        let account = call.caller.account.to_string();
        let mut binding = Binding::default()
            .with(Some("SearchEvents"))
            .with(Some(&account))
            .with(self.text.as_deref())
            .with(self.region.as_deref())
            .with(self.category.as_deref());
        for pair in &self.attributes {
            binding = binding.with(Some(&pair.attribute_key)).with(Some(&pair.attribute_value));
        }
        binding
    }
}
