//! Walks a request along the constraint tables.
//!
//! A value of another type than the model's is passed over: the typed decoding that follows refuses
//! it and names the type. Objects are the exception, because that decoding would also read a
//! structure from an array.

use serde_json::{Map, Value};

use super::rule::{all_rules, range_rules, satisfies, text_rules};
use super::{Malformed, Rejection};
use crate::constraint::{Member, Range, Shape, Structure, Text};
use crate::{Invalid, Violation};

/// Nothing, or everything that is wrong with `value`, up to [`Invalid::LISTED`] violations.
pub(super) fn check(structure: &Structure, value: &Value) -> Result<(), Rejection> {
    let mut check = Check { violations: Vec::new() };
    check.structure(structure, value, "").map_err(Rejection::Malformed)?;
    if check.violations.is_empty() {
        return Ok(());
    }
    Err(Rejection::Invalid(Invalid::new(check.violations)))
}

struct Check {
    violations: Vec<Violation>,
}

impl Check {
    fn structure(
        &mut self,
        structure: &Structure,
        value: &Value,
        path: &str,
    ) -> Result<(), Malformed> {
        let Value::Object(members) = value else {
            return Err(Malformed::NotAnObject(path.to_owned()));
        };
        for member in structure.members {
            self.member(member, members, path)?;
        }
        Ok(())
    }

    fn member(
        &mut self,
        member: &Member,
        members: &Map<String, Value>,
        path: &str,
    ) -> Result<(), Malformed> {
        let name = lower_first(member.name);
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        match members.get(member.name) {
            None | Some(Value::Null) if member.required => {
                self.broken(&path, None, "Member must not be null".to_owned());
                Ok(())
            }
            None | Some(Value::Null) => Ok(()),
            Some(value) => self.shape(&member.shape, value, &path),
        }
    }

    fn shape(&mut self, shape: &Shape, value: &Value, path: &str) -> Result<(), Malformed> {
        match (shape, value) {
            (Shape::Structure(structure), value) => self.structure(structure, value, path)?,
            (Shape::Text(text), Value::String(value)) => {
                for rule in text_rules(text).into_iter().filter(|rule| !rule.holds(value)) {
                    self.broken(path, Some(value.clone()), rule.sentence());
                }
            }
            (Shape::Number(range), Value::Number(number)) => {
                let Some(value) = number.as_i64() else { return Ok(()) };
                for rule in range_rules(range, "value").filter(|rule| !rule.holds_for(value)) {
                    self.broken(path, Some(number.to_string()), rule.sentence());
                }
            }
            (Shape::List(length, element), Value::Array(list)) => {
                self.length(length, list.len(), value, path);
                self.elements(element, list, path)?;
            }
            (Shape::Map(length, key, text), Value::Object(map)) => {
                self.length(length, map.len(), value, path);
                self.entries(key, text, map, path);
            }
            _ => {}
        }
        Ok(())
    }

    fn length(&mut self, length: &Range, found: usize, value: &Value, path: &str) {
        for rule in range_rules(length, "length").filter(|rule| !rule.holds_for(found as i64)) {
            self.broken(path, Some(plain(value)), rule.sentence());
        }
    }

    /// Strings are reported once for the whole list, structures each at its own place.
    fn elements(&mut self, shape: &Shape, list: &[Value], path: &str) -> Result<(), Malformed> {
        if let Shape::Text(text) = shape {
            if list.iter().filter_map(Value::as_str).any(|value| !satisfies(text, value)) {
                let shown = plain(&Value::Array(list.to_vec()));
                let rule = format!("Member must satisfy constraint: {}", all_rules(text));
                self.broken(path, Some(shown), rule);
            }
            return Ok(());
        }
        for (at, element) in list.iter().enumerate() {
            self.shape(shape, element, &format!("{path}.{}.member", at + 1))?;
        }
        Ok(())
    }

    fn entries(&mut self, key: &Text, text: &Text, map: &Map<String, Value>, path: &str) {
        let shown = || Some(plain(&Value::Object(map.clone())));
        if map.keys().any(|name| !satisfies(key, name)) {
            let rule = format!("Map keys must satisfy constraint: {}", all_rules(key));
            self.broken(path, shown(), rule);
        }
        if map.values().filter_map(Value::as_str).any(|value| !satisfies(text, value)) {
            let rule = format!("Map value must satisfy constraint: {}", all_rules(text));
            self.broken(path, shown(), rule);
        }
    }

    fn broken(&mut self, path: &str, value: Option<String>, rule: String) {
        if self.violations.len() < Invalid::LISTED {
            self.violations.push(Violation { path: path.to_owned(), value, rule });
        }
    }
}

/// A value in the notation of the messages: `[a, b]`, `{key=value}`, strings without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let elements: Vec<String> = list.iter().map(plain).collect();
            format!("[{}]", elements.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// `MaxResults` is `maxResults` in a message.
fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}
