//! The query protocol's flat names as the members that they stand for.

use std::collections::BTreeMap;

use cairn_wire::query::Params;
use serde_json::{Map, Value};

use super::input::Input;

/// What a numbered prefix stands for.
#[derive(Clone, Copy)]
enum Shape {
    /// `AttributeName.1`.
    List,
    /// `Attribute.1.Name` and `Attribute.1.Value`; the value may have members of its own.
    Map { key: &'static str, value: &'static str },
    /// `SendMessageBatchRequestEntry.1.Id` and so on.
    Entries,
}

/// By prefix, with the member's name in the JSON protocol.
const SHAPES: [(&str, &str, Shape); 13] = [
    ("Attribute", "Attributes", Shape::Map { key: "Name", value: "Value" }),
    ("AttributeName", "AttributeNames", Shape::List),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames", Shape::List),
    ("MessageAttributeName", "MessageAttributeNames", Shape::List),
    ("MessageAttribute", "MessageAttributes", Shape::Map { key: "Name", value: "Value" }),
    (
        "MessageSystemAttribute",
        "MessageSystemAttributes",
        Shape::Map { key: "Name", value: "Value" },
    ),
    ("Tag", "Tags", Shape::Map { key: "Key", value: "Value" }),
    ("TagKey", "TagKeys", Shape::List),
    ("AWSAccountId", "AWSAccountIds", Shape::List),
    ("ActionName", "Actions", Shape::List),
    ("SendMessageBatchRequestEntry", "Entries", Shape::Entries),
    ("DeleteMessageBatchRequestEntry", "Entries", Shape::Entries),
    ("ChangeMessageVisibilityBatchRequestEntry", "Entries", Shape::Entries),
];

type Pairs<'a> = Vec<(&'a str, &'a str)>;

pub(super) fn input(params: &Params) -> Input {
    Input(members(&params.iter().collect(), true))
}

/// Entries have no entries of their own.
fn members(pairs: &Pairs<'_>, outer: bool) -> Map<String, Value> {
    let mut members = Map::new();
    for &(name, value) in pairs {
        let numbered = name.split_once('.').is_some_and(|(prefix, _)| shape(prefix).is_some());
        if !numbered {
            members.insert(name.to_owned(), value.into());
        }
    }
    for (prefix, member, shape) in SHAPES {
        let groups = groups(pairs, prefix);
        if groups.is_empty() {
            continue;
        }
        let value = match shape {
            Shape::List => groups.values().filter_map(|group| plain(group, "")).collect(),
            Shape::Map { key, value } => map(&groups, key, value),
            Shape::Entries if outer => {
                groups.values().map(|group| Value::Object(self::members(group, false))).collect()
            }
            Shape::Entries => continue,
        };
        members.insert(member.to_owned(), value);
    }
    members
}

fn map(groups: &BTreeMap<u32, Pairs<'_>>, key: &str, value: &str) -> Value {
    let mut map = Map::new();
    for group in groups.values() {
        let Some(Value::String(name)) = plain(group, key) else {
            continue;
        };
        let inner: Map<String, Value> = group
            .iter()
            .filter_map(|(rest, text)| {
                let member = rest.strip_prefix(value)?.strip_prefix('.')?;
                Some((member.to_owned(), (*text).into()))
            })
            .collect();
        let value = if inner.is_empty() {
            plain(group, value).unwrap_or_else(|| "".into())
        } else {
            Value::Object(inner)
        };
        map.insert(name, value);
    }
    Value::Object(map)
}

fn plain(group: &Pairs<'_>, name: &str) -> Option<Value> {
    group.iter().find(|(rest, _)| *rest == name).map(|(_, text)| (*text).into())
}

/// What stands behind `prefix.N`, by N.
fn groups<'a>(pairs: &Pairs<'a>, prefix: &str) -> BTreeMap<u32, Pairs<'a>> {
    let mut groups: BTreeMap<u32, Pairs<'a>> = BTreeMap::new();
    for &(name, value) in pairs {
        let rest = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'));
        let Some(rest) = rest else {
            continue;
        };
        let (number, rest) = rest.split_once('.').unwrap_or((rest, ""));
        if let Ok(number) = number.parse() {
            groups.entry(number).or_default().push((rest, value));
        }
    }
    groups
}

fn shape(prefix: &str) -> Option<Shape> {
    SHAPES.iter().find(|(name, ..)| *name == prefix).map(|(.., shape)| *shape)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn flat_names_become_members() {
        let body = "Action=SendMessageBatch&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5\
            &AttributeName.2=b&AttributeName.1=a&Tag.1.Key=k&Tag.1.Value=v\
            &SendMessageBatchRequestEntry.1.Id=x\
            &SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n\
            &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String\
            &SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=s\
            &SendMessageBatchRequestEntry.1.SendMessageBatchRequestEntry.1.Id=deep";
        let params = Params::parse(None, body.as_bytes()).unwrap();
        let expected = json!({
            "Action": "SendMessageBatch",
            "Attributes": {"DelaySeconds": "5"},
            "AttributeNames": ["a", "b"],
            "Tags": {"k": "v"},
            "Entries": [{
                "Id": "x",
                "MessageAttributes": {"n": {"DataType": "String", "StringValue": "s"}},
            }],
        });
        assert_eq!(Value::Object(input(&params).0), expected);
    }
}
