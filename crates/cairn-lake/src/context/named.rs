//! The resources that a record names, and what stands for them where tags are kept.

use std::collections::HashSet;

use cairn_core::Arn;
use cairn_event::Event;
use serde_json::Value;

/// Resources of one record.
const RESOURCES: usize = 1000;
/// Bytes of an ARN.
const ARN_BYTES: usize = 2048;

/// The ARNs of a record's `resources` and of its parameters, each once, in their order.
pub(super) fn arns(event: &Event, parameters: &Value) -> Vec<String> {
    let mut found = Found::default();
    for resource in event.resources() {
        found.add(&resource.name);
    }
    walk(parameters, &mut |_, text| found.add(text));
    found.arns
}

/// The ARN of what a call made or ended, by the members of its answer that end in `arn`: the only
/// one of the service, or the one whose type is what the operation's name has after its verb.
pub(super) fn answered(event: &Event, verb: &str, answer: &Value) -> Option<String> {
    let mut found = Found::default();
    walk(answer, &mut |name, text| {
        if name.to_ascii_lowercase().ends_with("arn") || name.ends_with("Id") {
            found.add(text);
        }
    });
    for resource in event.resources() {
        found.add(&resource.name);
    }
    let source = event.source();
    let service = source.split('.').next().unwrap_or_default();
    let mut arns = found.arns;
    arns.retain(|arn| Arn::parse(arn).is_some_and(|arn| arn.service == service));
    match arns.len() {
        0 | 1 => arns.pop(),
        _ => arns.into_iter().find(|arn| is_of(&event.name(), verb, arn)),
    }
}

/// Whether the ARN is of the type that the operation's name has after its verb: DeleteTable.
pub(super) fn is_of(operation: &str, verb: &str, arn: &str) -> bool {
    let Some(noun) = operation.strip_prefix(verb) else { return false };
    // Lambda's names end in the date of their version.
    let noun = noun.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    let Some(arn) = Arn::parse(arn) else { return false };
    match arn.service {
        "s3" => noun == "Bucket" && !arn.resource.contains('/'),
        "sns" => noun == "Topic",
        "sqs" => noun == "Queue",
        _ => {
            let kind = arn.resource.split(['/', ':']).next().unwrap_or_default();
            arn.resource.len() > kind.len() && kind.replace('-', "").eq_ignore_ascii_case(noun)
        }
    }
}

/// What tags are kept by: IAM's roles and users without their paths, as records of their changes
/// have none.
pub(super) fn key(arn: &str) -> String {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam");
    let named = parsed.and_then(|arn| {
        let (kind, path) = arn.resource.split_once('/')?;
        let name = path.rsplit('/').next().unwrap_or_default();
        matches!(kind, "role" | "user").then(|| iam(arn.account, kind, name))
    });
    named.unwrap_or_else(|| arn.to_owned())
}

pub(super) fn iam(account: &str, kind: &str, name: &str) -> String {
    format!("iam::{account}:{kind}/{name}")
}

/// Gives each text with the name of its member; texts in lists have the list's. What tags and
/// documents of policies say is not what a call is about.
fn walk(value: &Value, found: &mut impl FnMut(&str, &str)) {
    fn inner(name: &str, value: &Value, found: &mut impl FnMut(&str, &str)) {
        match value {
            Value::String(text) => found(name, text),
            Value::Array(values) => values.iter().for_each(|value| inner(name, value, found)),
            Value::Object(members) => {
                let told = |name: &str| !is_tags(name) && !name.ends_with("olicy");
                let members =
                    members.iter().filter(|(name, value)| value.is_string() || told(name));
                members.for_each(|(name, value)| inner(name, value, found));
            }
            _ => {}
        }
    }
    inner("", value, found);
}

/// Gives each text of a value.
pub(super) fn texts(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        _ => {}
    }
}

/// Whether a member of this name has tags, of one of the forms that services give them.
pub(super) fn is_tags(name: &str) -> bool {
    const NAMES: [&str; 7] =
        ["tags", "tag", "tagslist", "taglist", "tagset", "tagging", "principaltags"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[derive(Default)]
struct Found {
    arns: Vec<String>,
    known: HashSet<String>,
}

impl Found {
    fn add(&mut self, text: &str) {
        let is_arn =
            text.starts_with("arn:") && text.len() <= ARN_BYTES && Arn::parse(text).is_some();
        if is_arn && self.arns.len() < RESOURCES && self.known.insert(text.to_owned()) {
            self.arns.push(text.to_owned());
        }
    }
}
