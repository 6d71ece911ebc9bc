//! Which resources a record names.

use std::str::FromStr;

use cairn_catalog::{Operation, Resource};
use cairn_core::AccountId;
use cairn_event::{EventResource, Json};

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
    for Resource { kind, arn } in &operation.resources {
        let (template, members) = match arn.strip_prefix("response:") {
            Some(template) => (template, elements),
            None => (*arn, parameters),
        };
        for arn in filled(template, place, members) {
            if found.len() < RESOURCES && !found.iter().any(|resource| resource.arn == arn) {
                let account = owner(&arn).unwrap_or(place.account);
                found.push(EventResource { account, kind: Some((*kind).to_owned()), arn });
            }
        }
    }
    found
}

/// The template with its names replaced; once for each element of a list that is named. Nothing
/// where a member is absent or empty.
fn filled(template: &str, place: &Place<'_>, members: Option<&Json>) -> Vec<String> {
    let only = template.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = only.filter(|name| !name.contains('{')) {
        let arns = values(name, place, members);
        return arns.into_iter().filter(|value| value.starts_with("arn:")).collect();
    }
    let mut out = vec![String::new()];
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, behind)) = behind.split_once('}') else { return Vec::new() };
        let values = values(name, place, members);
        out = out
            .iter()
            .flat_map(|start| values.iter().map(move |value| format!("{start}{before}{value}")))
            .take(RESOURCES)
            .collect();
        rest = behind;
    }
    out.iter().map(|start| format!("{start}{rest}")).collect()
}

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
    let text = |value: &Json| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    match value {
        Some(Json::List(elements)) => elements.iter().filter_map(text).take(RESOURCES).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The account that an ARN names.
fn owner(arn: &str) -> Option<AccountId> {
    AccountId::from_str(arn.split(':').nth(4)?).ok()
}
