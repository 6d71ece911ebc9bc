//! What a record says of the tags of resources.

use std::collections::BTreeMap;

use cairn_core::{AccountId, Timestamp};
use cairn_event::{Category, Event};
use cairn_store::TagChange;
use serde_json::{Map, Value};

use super::named::{self, iam, is_tags};

/// Tags that one record sets or takes away.
const TAGS: usize = cairn_store::tag::TAGS;
/// Resources whose tags one record changes, as TagResources of the tagging API takes them.
const RESOURCES: usize = 20;
/// Characters of a tag's key and of its value, as services allow them.
const KEY_CHARACTERS: usize = 128;
const VALUE_CHARACTERS: usize = 256;
/// Bytes of the name of a role or user, and of an access key.
const NAME_BYTES: usize = 128;
/// Hours for which a session lasts at most, as GetFederationToken gives it. They count from when
/// its record came, since records of long ago come, too.
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
pub(crate) fn change((account, came): (AccountId, Timestamp), event: &Event) -> Option<TagChange> {
    let (source, name) = (event.source(), event.name());
    let kind = Kind::of(&source, &name)?;
    if event.category() != Category::Management || event.error_code().is_some() {
        return None;
    }
    let parameters: Value = serde_json::from_slice(event.request_parameters()?).ok()?;
    let tags = match kind {
        Kind::Add | Kind::Replace | Kind::Make | Kind::Session => set(&parameters),
        Kind::Remove => unset(&parameters),
        Kind::Unmake => BTreeMap::new(),
    };
    let clears = matches!(kind, Kind::Replace | Kind::Make | Kind::Unmake);
    if tags.is_empty() && !clears {
        return None;
    }
    let about = About { account: &account.to_string(), event, parameters: &parameters };
    let mut resources = match kind {
        Kind::Add | Kind::Replace | Kind::Remove => about.targets(),
        Kind::Make => about.made(tags.is_empty()),
        Kind::Unmake if name == "DeleteBucketTagging" => about.targets(),
        Kind::Unmake => about.ended(),
        Kind::Session => about.session().into_iter().collect(),
    };
    resources.truncate(RESOURCES);
    let until = || Timestamp::from_millis(came.millis() + SESSION_HOURS * MILLIS_PER_HOUR);
    let ends = (kind == Kind::Session).then(until);
    (!resources.is_empty()).then_some(TagChange { account, resources, clears, tags, ends })
}

/// What a call is about.
struct About<'a> {
    account: &'a str,
    event: &'a Event,
    parameters: &'a Value,
}

impl About<'_> {
    /// Resources whose tags are changed, but for those of which the answer says that it failed.
    fn targets(&self) -> Vec<String> {
        let iam = *self.event.source() == *"iam.amazonaws.com";
        if let Some(found) = self.identity().filter(|_| iam) {
            return vec![found];
        }
        let answer = self.answer().unwrap_or_default();
        let failed = answer.get("failedResourcesMap").and_then(Value::as_object);
        let mut found = named::arns(self.event, self.parameters);
        found.retain(|arn| failed.is_none_or(|failed| !failed.contains_key(arn)));
        found.iter().map(|arn| named::key(arn)).collect()
    }

    /// What was made. Without tags it has to be of the kind that the operation's name says: answers
    /// name other resources, too.
    fn made(&self, plain: bool) -> Vec<String> {
        let made = self.answer().and_then(|answer| named::answered(self.event, "Create", &answer));
        let is_sure = |arn: &String| !plain || named::is_of(&self.event.name(), "Create", arn);
        made.filter(is_sure).iter().map(|arn| named::key(arn)).collect()
    }

    fn ended(&self) -> Vec<String> {
        let name = self.event.name();
        // They can be brought back, and their names are not given again before they are gone.
        let waits = matches!(&*name, "DeleteEventDataStore" | "DeleteSecret");
        // A version of a function.
        if waits || self.parameters.get("qualifier").is_some() {
            return Vec::new();
        }
        if *self.event.source() == *"iam.amazonaws.com" && name != "DeletePolicy" {
            let whole = matches!(&*name, "DeleteRole" | "DeleteUser");
            return self.identity().filter(|_| whole).into_iter().collect();
        }
        let mut found = named::arns(self.event, self.parameters);
        found.retain(|arn| named::is_of(&name, "Delete", arn));
        let answered = self.answer().and_then(|of| named::answered(self.event, "Delete", &of));
        found.extend(answered.filter(|arn| named::is_of(&name, "Delete", arn)));
        found.iter().map(|arn| named::key(arn)).collect()
    }

    /// The role or user that the parameters of a call of IAM name.
    fn identity(&self) -> Option<String> {
        let named = |kind: &str, member: &str| {
            let name = self.parameters.get(member)?.as_str()?;
            (name.len() <= NAME_BYTES).then(|| iam(self.account, kind, name))
        };
        named("role", "roleName").or_else(|| named("user", "userName"))
    }

    /// The access key of a session that begins.
    fn session(&self) -> Option<String> {
        let answer = self.answer()?;
        let key = answer.pointer("/credentials/accessKeyId")?.as_str()?;
        (key.len() <= NAME_BYTES).then(|| key.to_owned())
    }

    fn answer(&self) -> Option<Value> {
        serde_json::from_slice(self.event.member("responseElements")?).ok()
    }
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
            named::texts(value, &mut |key| put(&mut found, key, None));
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
            if let Some((key, value)) = pair(members) {
                return found(key, value);
            }
            for (name, value) in members {
                match value {
                    Value::Array(_) | Value::Object(_) => read(value, found),
                    // What is around tags in XML, and an empty list of them.
                    _ if name == "xmlns" || is_tags(name) => {}
                    _ => found(name, written(value)),
                }
            }
        }
        _ => {}
    }
}

/// A tag whose key and value are members; other members than theirs make a map of tags of it.
fn pair(members: &Map<String, Value>) -> Option<(&str, String)> {
    const NAMES: [&str; 5] = ["key", "tagkey", "value", "tagvalue", "tag"];
    let place = |name: &str| NAMES.iter().position(|known| name.eq_ignore_ascii_case(known));
    if !members.keys().all(|name| place(name).is_some()) {
        return None;
    }
    let member = |places: std::ops::Range<usize>| {
        let found =
            members.iter().find(|(name, _)| place(name).is_some_and(|at| places.contains(&at)));
        found.map(|(_, value)| value)
    };
    let key = member(0..2)?.as_str()?;
    Some((key, member(2..4).map(written).unwrap_or_default()))
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
