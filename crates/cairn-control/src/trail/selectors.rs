//! Event selectors between the API's shapes, what is kept, and what records show.

use cairn_api::shapes::{AdvancedEventSelector, EventSelector};
use cairn_event::Json;
use cairn_event::selector::Selectors;
use cairn_store::Trail;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::refusal::{Refusal, Why};

/// The two lists of which an answer has one.
pub(crate) type Lists = (Option<Vec<EventSelector>>, Option<Vec<AdvancedEventSelector>>);

/// The selectors in force.
pub(crate) fn of(trail: &Trail) -> Result<Selectors, Refusal> {
    let Some(text) = &trail.selectors else { return Ok(Selectors::default()) };
    serde_json::from_str(text).map_err(|error| {
        Refusal::new(Why::Internal, format!("the selectors of {} are damaged: {error}", trail.id))
    })
}

/// As the API shows them.
pub(crate) fn lists(selectors: &Selectors) -> Result<Lists, Refusal> {
    Ok(match selectors {
        Selectors::Basic(list) => (Some(recast(list)?), None),
        Selectors::Advanced(list) => (None, Some(recast(list)?)),
    })
}

/// From one form of the same document to the other: both have the API's names.
pub(crate) fn recast<T: DeserializeOwned>(document: &impl Serialize) -> Result<T, Refusal> {
    let text = serde_json::to_value(document).and_then(serde_json::from_value);
    text.map_err(|error| Refusal::new(Why::Internal, error.to_string()))
}

/// As text, to be kept.
pub(crate) fn encode(document: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(document).map_err(|error| Refusal::new(Why::Internal, error.to_string()))
}

/// `responseElements`: the ARN, and the members of a document that was encoded.
pub(crate) fn elements(trail: &Trail, document: &str) -> Option<Json> {
    let mut members = vec![("trailARN".to_owned(), Json::from(trail.arn()))];
    let Ok(mut shown) = Json::parse(document.as_bytes()) else { return None };
    shown.lower_camel();
    if let Json::Map(more) = shown {
        members.extend(more);
    }
    Some(Json::Map(members))
}
