//! What a record says of the tags of resources.

use std::collections::BTreeMap;

use cairn_core::{AccountId, Seq, Timestamp};
use cairn_event::{Category, Event};
use cairn_store::TagChange;
use serde_json::{Map, Value};

use super::named::{self, iam, is_tags};

/// Tags of one resource or session that are kept.
const TAGS: usize = cairn_store::tag::TAGS;
/// Characters of a tag's key and of its value, as services allow them.
const KEY_CHARACTERS: usize = 128;
const VALUE_CHARACTERS: usize = 256;
/// Hours for which a session lasts at most, as GetFederationToken gives it. They count from when its
/// record came, since records of long ago come, too.
const SESSION_HOURS: i64 = 36;
const MILLIS_PER_HOUR: i64 = 60 * 60 * 1000;

/// What a call does to tags, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Add,
    Remove,
    /// The tags of a bucket, all at once.
    Replace,
    /// Tags of something that is made with them.
    Make,
    /// The end of what had tags.
    Unmake,
    /// Tags of a session.
    Session,
}

impl Kind {
    fn of(source: &str, name: &str) -> Option<Self> {
        let any = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
        match name {
            "AssumeRole"
            | "AssumeRoleWithSAML"
            | "AssumeRoleWithWebIdentity"
            | "GetFederationToken" => (source == "sts.amazonaws.com").then_some(Self::Session),
            "PutBucketTagging" => Some(Self::Replace),
            "DeleteBucketTagging" => Some(Self::Unmake),
            _ if any(&["Tag", "AddTags"]) => Some(Self::Add),
            _ if any(&["Untag", "RemoveTags"]) => Some(Self::Remove),
            _ if name.contains("Tag") => None,
            _ if any(&["Create"]) => Some(Self::Make),
            _ if any(&["Delete"]) => Some(Self::Unmake),
            _ => None,
        }
    }
}

/// The change that a record tells of, if its call went well. `came` is when the journal took it.
pub(crate) fn change(
    (account, seq, came): (AccountId, Seq, Timestamp),
    event: &Event,
) -> Option<TagChange> {
    let (source, name) = (event.source(), event.name());
    let kind = Kind::of(&source, &name)?;
    if event.category() != Category::Management || event.error_code().is_some() {
        return None;
    }
    let parameters: Value = serde_json::from_slice(event.request_parameters()?).ok()?;
    let answer = || serde_json::from_slice::<Value>(event.member("responseElements")?).ok();
    let (mut tags, mut ends) = (BTreeMap::new(), None);
    let resources = match kind {
        Kind::Add | Kind::Replace => {
            tags = set(&parameters);
            targets(event, &parameters)
        }
        Kind::Remove => {
            tags = unset(&parameters);
            targets(event, &parameters)
        }
        Kind::Make => {
            tags = set(&parameters);
            if tags.is_empty() {
                return None;
            }
            named::made(event, &answer()?).map(|arn| vec![named::key(&arn)]).unwrap_or_default()
        }
        Kind::Unmake if name == "DeleteBucketTagging" => targets(event, &parameters),
        Kind::Unmake => ended(event, &parameters),
        Kind::Session => {
            tags = set(&parameters);
            ends = Some(Timestamp::from_millis(came.millis() + SESSION_HOURS * MILLIS_PER_HOUR));
            let key = answer()?.pointer("/credentials/accessKeyId")?.as_str()?.to_owned();
            vec![key]
        }
    };
    let clears = matches!(kind, Kind::Replace | Kind::Make | Kind::Unmake);
    let says = clears || !tags.is_empty();
    (says && !resources.is_empty()).then_some(TagChange {
        account,
        seq,
        resources,
        clears,
        tags,
        ends,
    })
}

/// What a call that changes tags is about.
fn targets(event: &Event, parameters: &Value) -> Vec<String> {
    if *event.source() == *"iam.amazonaws.com" {
        if let Some(found) = identity(parameters) {
            return vec![found];
        }
    }
    named::arns(event, parameters).iter().map(|arn| named::key(arn)).collect()
}

fn ended(event: &Event, parameters: &Value) -> Vec<String> {
    let name = event.name();
    if *event.source() == *"iam.amazonaws.com" {
        let whole = matches!(&*name, "DeleteRole" | "DeleteUser");
        return identity(parameters).filter(|_| whole).into_iter().collect();
    }
    let mut found = named::arns(event, parameters);
    found.retain(|arn| named::is_of(&name, "Delete", arn));
    found.iter().map(|arn| named::key(arn)).collect()
}

/// The role or user that the parameters of a call of IAM name.
fn identity(parameters: &Value) -> Option<String> {
    let named = |kind: &str, member: &str| Some(iam(kind, parameters.get(member)?.as_str()?));
    named("role", "roleName").or_else(|| named("user", "userName"))
}

/// The tags that the parameters give.
fn set(parameters: &Value) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for (_, value) in members(parameters).filter(|(name, _)| is_tags(name)) {
        read(value, &mut |key, value| put(&mut found, key, Some(value)));
    }
    found
}

/// The tags that the parameters take away: keys, or tags of which only the key counts.
fn unset(parameters: &Value) -> BTreeMap<String, Option<String>> {
    let mut found = BTreeMap::new();
    for (name, value) in members(parameters) {
        if name.eq_ignore_ascii_case("tagKeys") {
            for key in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
                put(&mut found, key, None);
            }
        } else if is_tags(name) {
            read(value, &mut |key, _| put(&mut found, key, None));
        }
    }
    found
}

fn members(parameters: &Value) -> impl Iterator<Item = (&String, &Value)> {
    parameters.as_object().into_iter().flatten()
}

fn put(found: &mut BTreeMap<String, Option<String>>, key: &str, value: Option<String>) {
    let fits = (1..=KEY_CHARACTERS).contains(&key.chars().count())
        && value.as_ref().is_none_or(|value| value.chars().count() <= VALUE_CHARACTERS);
    if fits && found.len() < TAGS {
        found.insert(key.to_owned(), value);
    }
}

/// Reads tags of any form: a map, a list of keys with values, or either inside of a wrapper, which
/// is what documents in XML become.
fn read(value: &Value, found: &mut impl FnMut(&str, String)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| read(value, found)),
        Value::Object(members) => {
            if let Some(key) = member(members, &["key", "tagkey"]).and_then(Value::as_str) {
                let value = member(members, &["value", "tagvalue"]).map(written);
                return found(key, value.unwrap_or_default());
            }
            for (name, value) in members {
                match value {
                    Value::Array(_) | Value::Object(_) => read(value, found),
                    _ if name == "xmlns" => {}
                    _ => found(name, written(value)),
                }
            }
        }
        _ => {}
    }
}

fn member<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    let known = |name: &str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    members.iter().find(|(name, _)| known(name)).map(|(_, value)| value)
}

/// A document in XML has no types, so what looks like a number may have become one.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
