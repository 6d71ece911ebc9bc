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
                let kind = (!kind.is_empty()).then(|| (*kind).to_owned());
                found.push(EventResource { account, kind, arn });
            }
        }
    }
    found
}

/// The template with its names replaced; once for each element of a list that is named. Nothing
/// where a member is absent or empty.
fn filled(template: &str, place: &Place<'_>, members: Option<&Json>) -> Vec<String> {
    let mut starts = vec![String::new()];
    let mut whole = Vec::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, behind)) = behind.split_once('}') else { return Vec::new() };
        let (arns, values): (Vec<_>, Vec<_>) =
            values(name, place, members).into_iter().partition(|value| value.starts_with("arn:"));
        whole.extend(arns);
        starts = starts
            .iter()
            .flat_map(|start| values.iter().map(move |value| format!("{start}{before}{value}")))
            .take(RESOURCES)
            .collect();
        rest = behind;
    }
    // A template of one name and nothing else only takes what is an ARN.
    if !template.starts_with('{') {
        whole.extend(starts.iter().map(|start| format!("{start}{rest}")));
    }
    whole
}

/// What a name in a template stands for: `{keyId|key/}` puts `key/` before what has no slash,
/// `{queueUrl/}` takes what stands behind the last one.
fn values(name: &str, place: &Place<'_>, members: Option<&Json>) -> Vec<String> {
    match name {
        "partition" => return vec![place.partition.to_owned()],
        "region" => return vec![place.region.to_owned()],
        "account" => return vec![place.account.to_string()],
        _ => {}
    }
    let (path, before) = name.split_once('|').unwrap_or((name, ""));
    let (path, only_end) = path.strip_suffix('/').map_or((path, false), |path| (path, true));
    let mut value = members;
    for part in path.split('.') {
        value = value.and_then(|value| value.get(part));
    }
    let shaped = |text: &str| {
        let end = text.rsplit_once('/').map_or(text, |(_, end)| end);
        match text {
            "" => None,
            _ if only_end => Some(end.to_owned()).filter(|end| !end.is_empty()),
            _ if text.contains('/') || text.starts_with("arn:") => Some(text.to_owned()),
            _ => Some(format!("{before}{text}")),
        }
    };
    match value {
        Some(Json::Text(text)) => shaped(text).into_iter().collect(),
        Some(Json::List(elements)) => {
            elements.iter().filter_map(|each| shaped(each.as_str()?)).take(RESOURCES).collect()
        }
        Some(Json::Map(entries)) => {
            entries.iter().filter_map(|(key, _)| shaped(key)).take(RESOURCES).collect()
        }
        _ => Vec::new(),
    }
}

/// The account that an ARN names.
fn owner(arn: &str) -> Option<AccountId> {
    AccountId::from_str(arn.split(':').nth(4)?).ok()
}
