//! Parameters with maps whose keys are data, as records show them.

use cairn_event::Json;
use serde_json::{Map, Value};

/// Members whose own members are no names of the API.
const MAPS: [&str; 2] = ["ViewProperties", "QueryParameterValues"];

/// A request's or an answer's members, their first letters in lower case; `None` without members.
pub(super) fn shown(body: &[u8]) -> Option<Json> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let shown = lowered(value);
    let empty = shown.as_object().is_none_or(Map::is_empty);
    if empty { None } else { Json::parse(shown.to_string().as_bytes()).ok() }
}

fn lowered(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(lowered).collect(),
        Value::Object(members) => {
            let there = members.into_iter().filter(|(_, value)| !value.is_null());
            let lower = there.map(|(name, value)| {
                let value = if MAPS.contains(&&*name) { value } else { lowered(value) };
                (first_lower(&name), value)
            });
            Value::Object(lower.collect())
        }
        other => other,
    }
}

fn first_lower(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_maps_stay_as_they_are() {
        let body =
            br#"{"Name":"x","Widgets":[{"ViewProperties":{"View":"Table"}}],"TagsList":null}"#;
        let expected = br#"{"name":"x","widgets":[{"viewProperties":{"View":"Table"}}]}"#;
        assert_eq!(shown(body), Json::parse(expected).ok());
        assert_eq!(shown(b"{}"), None);
    }
}
