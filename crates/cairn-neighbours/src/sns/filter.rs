//! Filter policies: which messages a subscription gets.

use cairn_store::topic::Texts;
use cairn_wire::Fault;
use serde_json::{Map, Value};

use super::fault;
use super::subscriptions::{FILTER, SCOPE};

/// Bytes of a policy.
const BYTES: usize = 256 * 1024;
/// Keys of a policy.
const KEYS: usize = 5;
/// Patterns of a policy, all its keys together.
const PATTERNS: usize = 150;
/// How deep a policy on the body may nest.
const DEPTH: usize = 20;

/// A filter policy that was read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filter {
    policy: Option<Map<String, Value>>,
    on_body: bool,
}

impl Filter {
    /// From a subscription's attributes.
    pub(super) fn of(attributes: &Texts) -> Result<Self, Fault> {
        let on_body = attributes.get(SCOPE).is_some_and(|scope| scope == "MessageBody");
        let Some(text) = attributes.get(FILTER) else {
            return Ok(Self { policy: None, on_body });
        };
        if text.len() > BYTES {
            return Err(bad("Filter policy is too large"));
        }
        let parsed = serde_json::from_str(text).map_err(|_| bad("failed to parse JSON."))?;
        let Value::Object(policy) = parsed else {
            return Err(bad("Filter policy must be an object"));
        };
        let mut counts = Counts::default();
        check(&policy, on_body, 0, &mut counts)?;
        if counts.keys > KEYS || counts.patterns > PATTERNS {
            let message = "Invalid parameter: FilterPolicy: Filter policy is too complex";
            return Err(fault::limit("FilterPolicyLimitExceeded", message));
        }
        Ok(Self { policy: Some(policy), on_body })
    }

    pub(super) fn lets_through(&self, attributes: &Map<String, Value>, body: &str) -> bool {
        let Some(policy) = &self.policy else {
            return true;
        };
        if !self.on_body {
            return all(policy, &|key| values_of(attributes.get(key)));
        }
        match serde_json::from_str(body) {
            Ok(Value::Object(members)) => in_body(policy, &[&members]),
            _ => false,
        }
    }
}

#[derive(Default)]
struct Counts {
    keys: usize,
    patterns: usize,
}

fn check(
    policy: &Map<String, Value>,
    nested: bool,
    depth: usize,
    counts: &mut Counts,
) -> Result<(), Fault> {
    if depth > DEPTH {
        return Err(bad("Filter policy is nested too deeply"));
    }
    for (key, value) in policy {
        match value {
            Value::Array(list) if key == "$or" => {
                for branch in list {
                    let Value::Object(branch) = branch else {
                        return Err(bad("\"$or\" must be an array of objects"));
                    };
                    check(branch, nested, depth + 1, counts)?;
                }
            }
            Value::Array(patterns) => {
                if patterns.is_empty() {
                    return Err(bad("Empty arrays are not allowed"));
                }
                counts.keys += 1;
                counts.patterns += patterns.len();
                patterns.iter().try_for_each(check_pattern)?;
            }
            Value::Object(inner) if nested => check(inner, nested, depth + 1, counts)?,
            Value::Object(_) => {
                return Err(bad("Filter policy scope MessageAttributes does not \
                 support nested filter policy"));
            }
            _ => return Err(bad(&format!("\"{key:.128}\" must be an object or an array"))),
        }
    }
    Ok(())
}

fn check_pattern(pattern: &Value) -> Result<(), Fault> {
    let Value::Object(members) = pattern else {
        return match pattern {
            Value::Array(_) => Err(bad("Match value must be String, number, true, false, or null")),
            _ => Ok(()),
        };
    };
    let mut iter = members.iter();
    let (Some((kind, value)), None) = (iter.next(), iter.next()) else {
        return Err(bad("Only one key allowed in match expression"));
    };
    let text = || match value {
        Value::String(_) => Ok(()),
        _ => Err(bad(&format!("{kind} match pattern must be a string"))),
    };
    match kind.as_str() {
        "prefix" | "suffix" | "equals-ignore-case" => text(),
        "exists" if value.is_boolean() => Ok(()),
        "exists" => Err(bad("exists match pattern must be either true or false.")),
        "anything-but" => check_anything_but(value),
        "numeric" => check_numeric(value),
        other => Err(bad(&format!("Unrecognized match type {other:.64}"))),
    }
}

fn check_anything_but(value: &Value) -> Result<(), Fault> {
    let plain = |value: &Value| value.is_string() || value.is_number();
    let legal = match value {
        Value::Array(list) => !list.is_empty() && list.iter().all(plain),
        Value::Object(members) => {
            let known = |(kind, value): (&String, &Value)| {
                matches!(kind.as_str(), "prefix" | "suffix") && value.is_string()
            };
            members.len() == 1 && members.iter().all(known)
        }
        value => plain(value),
    };
    if legal { Ok(()) } else { Err(bad("anything-but match pattern is not valid")) }
}

fn check_numeric(value: &Value) -> Result<(), Fault> {
    let parts = value.as_array().filter(|list| matches!(list.len(), 2 | 4));
    let parts = parts.ok_or_else(|| bad("Invalid member in numeric match"))?;
    for pair in parts.chunks(2) {
        let known = matches!(pair[0].as_str(), Some("=" | "<" | "<=" | ">" | ">="));
        if !known {
            return Err(bad("Unrecognized numeric range operator"));
        }
        if !pair[1].is_number() {
            let operator = pair[0].as_str().unwrap_or_default();
            return Err(bad(&format!("Value of {operator} must be numeric")));
        }
    }
    Ok(())
}

/// The values of a message attribute; `None` where there is none.
fn values_of(attribute: Option<&Value>) -> Option<Vec<Value>> {
    let attribute = attribute?;
    let text = attribute["StringValue"].as_str();
    Some(match (attribute["DataType"].as_str(), text) {
        (Some("String.Array"), Some(text)) => match serde_json::from_str(text) {
            Ok(Value::Array(list)) => list,
            _ => Vec::new(),
        },
        (Some(kind), Some(text)) if kind.starts_with("Number") => {
            text.parse::<f64>().map(Value::from).into_iter().collect()
        }
        (_, Some(text)) => vec![text.into()],
        // Nothing matches bytes, though they exist.
        _ => Vec::new(),
    })
}

fn all(policy: &Map<String, Value>, get: &dyn Fn(&str) -> Option<Vec<Value>>) -> bool {
    policy.iter().all(|(key, value)| match value {
        Value::Array(branches) if key == "$or" => {
            branches.iter().filter_map(Value::as_object).any(|branch| all(branch, get))
        }
        Value::Array(patterns) => {
            let values = get(key);
            patterns.iter().any(|pattern| is_hit(pattern, values.as_deref()))
        }
        _ => false,
    })
}

/// An array in the body stands for any of its elements.
fn in_body(policy: &Map<String, Value>, bodies: &[&Map<String, Value>]) -> bool {
    policy.iter().all(|(key, value)| match value {
        Value::Array(branches) if key == "$or" => {
            branches.iter().filter_map(Value::as_object).any(|branch| in_body(branch, bodies))
        }
        Value::Array(patterns) => {
            let found = leaves(bodies, key);
            let found = if found.is_empty() { None } else { Some(found) };
            patterns.iter().any(|pattern| is_hit(pattern, found.as_deref()))
        }
        Value::Object(inner) => {
            let below: Vec<&Map<String, Value>> =
                bodies.iter().filter_map(|body| body.get(key)).flat_map(objects).collect();
            in_body(inner, &below)
        }
        _ => false,
    })
}

fn objects(value: &Value) -> Vec<&Map<String, Value>> {
    match value {
        Value::Object(map) => vec![map],
        Value::Array(list) => list.iter().filter_map(Value::as_object).collect(),
        _ => Vec::new(),
    }
}

fn leaves(bodies: &[&Map<String, Value>], key: &str) -> Vec<Value> {
    let mut found = Vec::new();
    for value in bodies.iter().filter_map(|body| body.get(key)) {
        match value {
            Value::Array(list) => found.extend(list.iter().filter(|leaf| is_leaf(leaf)).cloned()),
            value if is_leaf(value) => found.push(value.clone()),
            _ => {}
        }
    }
    found
}

fn is_leaf(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn is_hit(pattern: &Value, values: Option<&[Value]>) -> bool {
    let expression = pattern.as_object().and_then(|members| members.iter().next());
    match (expression, values) {
        (Some((kind, wanted)), values) if kind == "exists" => {
            *wanted == Value::Bool(values.is_some())
        }
        (_, None) => false,
        (None, Some(values)) => values.iter().any(|value| equal(pattern, value)),
        (Some((kind, wanted)), Some(values)) => {
            values.iter().any(|value| matches_kind(kind, wanted, value))
        }
    }
}

fn matches_kind(kind: &str, wanted: &Value, value: &Value) -> bool {
    let texts = || Some((wanted.as_str()?, value.as_str()?));
    match kind {
        "prefix" => texts().is_some_and(|(wanted, value)| value.starts_with(wanted)),
        "suffix" => texts().is_some_and(|(wanted, value)| value.ends_with(wanted)),
        "equals-ignore-case" => {
            texts().is_some_and(|(wanted, value)| value.to_lowercase() == wanted.to_lowercase())
        }
        "anything-but" => match wanted {
            Value::Array(list) => !list.iter().any(|wanted| equal(wanted, value)),
            Value::Object(inner) => {
                value.is_string()
                    && inner.iter().all(|(kind, wanted)| !matches_kind(kind, wanted, value))
            }
            wanted => !equal(wanted, value),
        },
        "numeric" => value.as_f64().is_some_and(|value| in_range(wanted, value)),
        _ => false,
    }
}

fn in_range(range: &Value, value: f64) -> bool {
    let parts = range.as_array().map(Vec::as_slice).unwrap_or_default();
    parts.chunks_exact(2).all(|pair| {
        let bound = pair[1].as_f64().unwrap_or(f64::NAN);
        match pair[0].as_str() {
            Some("=") => (value - bound).abs() < f64::EPSILON,
            Some("<") => value < bound,
            Some("<=") => value <= bound,
            Some(">") => value > bound,
            Some(">=") => value >= bound,
            _ => false,
        }
    })
}

/// 1 and 1.0 are the same number.
fn equal(wanted: &Value, value: &Value) -> bool {
    match (wanted.as_f64(), value.as_f64()) {
        (Some(wanted), Some(value)) => (wanted - value).abs() < f64::EPSILON,
        _ => wanted == value,
    }
}

fn bad(reason: &str) -> Fault {
    fault::invalid(format!("FilterPolicy: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filter(policy: &Value, scope: &str) -> Filter {
        let texts = Texts::from([
            (FILTER.to_owned(), policy.to_string()),
            (SCOPE.to_owned(), scope.to_owned()),
        ]);
        Filter::of(&texts).unwrap()
    }

    #[test]
    fn attributes_are_matched_by_every_kind_of_pattern() {
        let attributes = json!({
            "store": {"DataType": "String", "StringValue": "example_corp"},
            "price": {"DataType": "Number", "StringValue": "100.5"},
            "tags": {"DataType": "String.Array", "StringValue": "[\"a\", \"b\"]"},
            "raw": {"DataType": "Binary", "BinaryValue": "AA=="},
        });
        for (policy, expected) in [
            (json!({"store": ["example_corp"]}), true),
            (json!({"store": ["other", {"prefix": "example"}]}), true),
            (json!({"store": [{"suffix": "corp"}]}), true),
            (json!({"store": [{"equals-ignore-case": "EXAMPLE_corp"}]}), true),
            (json!({"store": [{"anything-but": "example_corp"}]}), false),
            (json!({"store": [{"anything-but": ["x", "y"]}]}), true),
            (json!({"store": [{"anything-but": {"prefix": "ex"}}]}), false),
            (json!({"none": [{"anything-but": "x"}]}), false),
            (json!({"none": [{"exists": false}]}), true),
            (json!({"store": [{"exists": false}]}), false),
            (json!({"raw": [{"exists": true}]}), true),
            (json!({"price": [100.5]}), true),
            (json!({"price": ["100.5"]}), false),
            (json!({"price": [{"numeric": [">", 100, "<=", 101]}]}), true),
            (json!({"price": [{"numeric": ["=", 100]}]}), false),
            (json!({"tags": ["b"]}), true),
            (json!({"tags": ["c"]}), false),
            (json!({"store": ["example_corp"], "tags": ["c"]}), false),
            (json!({"$or": [{"tags": ["c"]}, {"price": [100.5]}]}), true),
        ] {
            let found = filter(&policy, "MessageAttributes")
                .lets_through(attributes.as_object().unwrap(), "{}");
            assert_eq!(found, expected, "{policy}");
        }
    }

    #[test]
    fn bodies_are_matched_at_any_depth() {
        let body = json!({
            "s3Bucket": "logs",
            "detail": {"names": ["a", "b"], "list": [{"x": 1}, {"x": 2}]},
        })
        .to_string();
        for (policy, expected) in [
            (json!({"s3Bucket": ["logs"]}), true),
            (json!({"detail": {"names": ["b"]}}), true),
            (json!({"detail": {"list": {"x": [2]}}}), true),
            (json!({"detail": {"list": {"x": [3]}}}), false),
            (json!({"detail": {"none": [{"exists": false}]}}), true),
            (json!({"s3Bucket": {"deeper": ["x"]}}), false),
        ] {
            let found = filter(&policy, "MessageBody").lets_through(&Map::new(), &body);
            assert_eq!(found, expected, "{policy}");
        }
        let any = filter(&json!({"a": ["b"]}), "MessageBody");
        assert!(!any.lets_through(&Map::new(), "no JSON"));
    }

    #[test]
    fn bad_policies_are_refused() {
        for bad in [
            "",
            "[]",
            r#"{"a": "b"}"#,
            r#"{"a": []}"#,
            r#"{"a": [["b"]]}"#,
            r#"{"a": {"b": [1]}}"#,
            r#"{"a": [{"nope": 1}]}"#,
            r#"{"a": [{"exists": 1}]}"#,
            r#"{"a": [{"prefix": 1}]}"#,
            r#"{"a": [{"numeric": ["~", 1]}]}"#,
            r#"{"a": [{"numeric": ["=", "1"]}]}"#,
            r#"{"a": [{"anything-but": []}]}"#,
            r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#,
            r#"{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}"#,
        ] {
            let texts = Texts::from([(FILTER.to_owned(), bad.to_owned())]);
            assert!(Filter::of(&texts).is_err(), "{bad}");
        }
    }
}
