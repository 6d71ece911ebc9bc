//! Lists and maps of the query protocol.

use cairn_store::topic::Texts;
use cairn_wire::query::Params;
use serde_json::{Map, Value};

/// Members of a list or map that are looked at.
const MEMBERS: usize = 200;

/// `Attributes.entry.1.key` and `Attributes.entry.1.value`.
pub(super) fn map(params: &Params, name: &str) -> Texts {
    pairs(params, &format!("{name}.entry"), "key", "value")
}

/// `Tags.member.1.Key` and `Tags.member.1.Value`.
pub(super) fn tags(params: &Params) -> Texts {
    pairs(params, "Tags.member", "Key", "Value")
}

fn pairs(params: &Params, prefix: &str, key: &str, value: &str) -> Texts {
    let entry = |index: usize| {
        let key = params.get(&format!("{prefix}.{index}.{key}"))?;
        let value = params.get(&format!("{prefix}.{index}.{value}")).unwrap_or_default();
        Some((key.to_owned(), value.to_owned()))
    };
    (1..=MEMBERS).map_while(entry).collect()
}

/// `MessageAttributes.entry.1.Name` and what its value has, as SQS keeps them, too.
pub(super) fn attributes(params: &Params, prefix: &str) -> Map<String, Value> {
    let mut attributes = Map::new();
    for index in 1..=MEMBERS {
        let at = format!("{prefix}MessageAttributes.entry.{index}");
        let Some(name) = params.get(&format!("{at}.Name")) else {
            break;
        };
        let mut members = Map::new();
        for member in ["DataType", "StringValue", "BinaryValue"] {
            if let Some(text) = params.get(&format!("{at}.Value.{member}")) {
                members.insert(member.to_owned(), text.into());
            }
        }
        attributes.insert(name.to_owned(), Value::Object(members));
    }
    attributes
}
