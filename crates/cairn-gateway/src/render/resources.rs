//! Which resources a record names.

use std::str::FromStr;

use cairn_catalog::Operation;
use cairn_core::AccountId;
use cairn_event::{EventResource, HIDDEN, Json};

/// Where a call happened.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// For example `aws`.
    pub partition: &'a str,
    pub region: &'a str,
    /// The account that owns what is not in another's ARN.
    pub account: AccountId,
}

/// How many resources one record names at most.
const RESOURCES: usize = 50;

/// The resources of a call, by the templates of its operation and the members that are shown.
pub fn resources(
    operation: &Operation,
    place: &Place<'_>,
    parameters: Option<&Json>,
    elements: Option<&Json>,
) -> Vec<EventResource> {
    let mut found: Vec<EventResource> = Vec::new();
    for resource in &operation.resources {
        let members = if resource.is_of_response() { elements } else { parameters };
        for arn in resource.fill(RESOURCES, &|name| values(name, place, members)) {
            if found.len() < RESOURCES && !found.iter().any(|known| known.arn == arn) {
                let account = owner(&arn).unwrap_or(place.account);
                let kind = (!resource.kind.is_empty()).then(|| resource.kind.to_owned());
                found.push(EventResource { account, kind, arn });
            }
        }
    }
    found
}

/// What a name in a template stands for: the call's place, a text, the texts of a list or the keys
/// of a map.
fn values(name: &str, place: &Place<'_>, members: Option<&Json>) -> Vec<String> {
    match name {
        "partition" => return vec![place.partition.to_owned()],
        "region" => return vec![place.region.to_owned()],
        "account" => return vec![place.account.to_string()],
        _ => {}
    }
    let mut value = members;
    for part in name.split('.') {
        value = value.and_then(|value| value.get(part));
    }
    let texts: Vec<&str> = match value {
        Some(Json::Text(text)) => vec![text],
        Some(Json::List(elements)) => elements.iter().filter_map(Json::as_str).collect(),
        Some(Json::Map(entries)) => entries.iter().map(|(key, _)| &**key).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| *text != HIDDEN).take(RESOURCES).map(str::to_owned).collect()
}

/// The account that an ARN names.
fn owner(arn: &str) -> Option<AccountId> {
    AccountId::from_str(arn.split(':').nth(4)?).ok()
}
