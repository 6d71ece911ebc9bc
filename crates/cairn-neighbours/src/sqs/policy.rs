//! Policies of topics and queues: who is let in by them, and who is kept out.

use std::collections::BTreeMap;

use cairn_ports::Actor;
use serde_json::{Map, Value};

/// The largest policy that is kept.
pub(crate) const POLICY_BYTES: usize = 30 * 1024;

/// What a policy says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    Deny,
    Silent,
}

/// A policy that was read: its statements.
#[derive(Debug, Clone)]
pub(crate) struct Policy(Vec<Map<String, Value>>);

/// What is asked of a policy.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    pub(crate) actor: &'a Actor,
    /// `sns:Publish`.
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Condition keys in lower case, besides those that the actor brings.
    pub(crate) context: &'a [(&'a str, &'a str)],
}

impl Policy {
    /// `None` for what is no policy of a resource.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > POLICY_BYTES {
            return None;
        }
        let policy: Map<String, Value> = serde_json::from_str(text).ok()?;
        let known = |name: &String| matches!(name.as_str(), "Version" | "Id" | "Statement");
        if !policy.keys().all(known) {
            return None;
        }
        let statements = match policy.get("Statement")? {
            Value::Array(list) => list.clone(),
            one => vec![one.clone()],
        };
        let mut found = Vec::with_capacity(statements.len());
        for statement in statements {
            let Value::Object(statement) = statement else {
                return None;
            };
            if !is_statement(&statement) {
                return None;
            }
            found.push(statement);
        }
        (!found.is_empty()).then_some(Self(found))
    }

    pub(crate) fn verdict(&self, question: &Question<'_>) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in &self.0 {
            let denies = statement["Effect"] == "Deny";
            if !is_about(statement, question, denies) {
                continue;
            }
            if denies {
                return Verdict::Deny;
            }
            verdict = Verdict::Allow;
        }
        verdict
    }
}

fn is_statement(statement: &Map<String, Value>) -> bool {
    let effect = statement.get("Effect").and_then(Value::as_str);
    let one_of = |a: &str, b: &str| statement.contains_key(a) != statement.contains_key(b);
    matches!(effect, Some("Allow" | "Deny"))
        && one_of("Principal", "NotPrincipal")
        && one_of("Action", "NotAction")
        && statement.get("Condition").is_none_or(Value::is_object)
}

fn is_about(statement: &Map<String, Value>, question: &Question<'_>, denies: bool) -> bool {
    let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => names(principal, question.actor),
        (_, Some(other)) => !names(other, question.actor),
        _ => false,
    };
    let action =
        |pattern: &str| like(&pattern.to_ascii_lowercase(), &question.action.to_ascii_lowercase());
    let action = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(list), _) => texts(list).into_iter().any(action),
        (_, Some(list)) => !texts(list).into_iter().any(action),
        _ => false,
    };
    let resource = |pattern: &str| like(pattern, question.resource);
    let resource = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(list), _) => texts(list).into_iter().any(resource),
        (_, Some(list)) => !texts(list).into_iter().any(resource),
        _ => true,
    };
    principal && action && resource && holds(statement.get("Condition"), question, denies)
}

/// Whether a principal element names the actor.
fn names(principal: &Value, actor: &Actor) -> bool {
    if principal == "*" {
        return true;
    }
    let Value::Object(kinds) = principal else {
        return false;
    };
    kinds.iter().any(|(kind, list)| {
        texts(list).into_iter().any(|text| match (kind.as_str(), actor) {
            ("AWS", _) if text == "*" => true,
            ("Service", Actor::Service { principal, .. }) => text == *principal,
            ("AWS", Actor::Principal { account, arn, admin }) => {
                // An account hands on what its own policies allow, which is all to an admin.
                let whole =
                    text == account.to_string() || text == format!("arn:aws:iam::{account}:root");
                text == arn || (whole && *admin)
            }
            _ => false,
        })
    })
}

/// Whether all conditions hold. One that is not understood never lets anybody in, and always keeps
/// them out.
fn holds(condition: Option<&Value>, question: &Question<'_>, denies: bool) -> bool {
    let Some(Value::Object(operators)) = condition else {
        return true;
    };
    let context = context(question);
    operators.iter().all(|(operator, keys)| {
        let Value::Object(keys) = keys else {
            return denies;
        };
        keys.iter().all(|(key, wanted)| {
            let found = context.get(key.to_ascii_lowercase().as_str()).map(String::as_str);
            compare(operator, found, &texts(wanted)).unwrap_or(denies)
        })
    })
}

/// `None` for an operator that is not known here.
fn compare(operator: &str, found: Option<&str>, wanted: &[&str]) -> Option<bool> {
    let (operator, optional) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    if operator == "Null" {
        return Some(wanted.iter().any(|text| (*text == "true") == found.is_none()));
    }
    let (positive, negated) = match operator {
        "StringNotEquals" => ("StringEquals", true),
        "StringNotEqualsIgnoreCase" => ("StringEqualsIgnoreCase", true),
        "StringNotLike" => ("StringLike", true),
        "ArnNotEquals" | "ArnNotLike" => ("ArnLike", true),
        other => (other, false),
    };
    let test = |value: &str, pattern: &str| match positive {
        "StringEquals" => Some(value == pattern),
        "StringEqualsIgnoreCase" | "Bool" => Some(value.eq_ignore_ascii_case(pattern)),
        "StringLike" => Some(like(pattern, value)),
        "ArnLike" | "ArnEquals" => Some(like(pattern, value)),
        _ => None,
    };
    // Asked even where there is no value, so that an unknown operator shows.
    test("", "")?;
    let Some(value) = found else {
        return Some(optional || negated);
    };
    let hit = wanted.iter().any(|pattern| test(value, pattern) == Some(true));
    Some(hit != negated)
}

fn context(question: &Question<'_>) -> BTreeMap<&'static str, String> {
    let mut context = BTreeMap::new();
    match question.actor {
        Actor::Service { source_arn, source_account, .. } => {
            context.insert("aws:sourcearn", source_arn.clone());
            context.insert("aws:sourceaccount", source_account.to_string());
            context.insert("aws:principalisawsservice", "true".to_owned());
        }
        Actor::Principal { account, arn, .. } => {
            context.insert("aws:principalarn", arn.clone());
            context.insert("aws:principalaccount", account.to_string());
            context.insert("aws:principalisawsservice", "false".to_owned());
        }
        Actor::Anonymous => {}
    }
    for (key, value) in question.context {
        if let Some(known) = KEYS.iter().find(|known| *known == key) {
            context.insert(known, (*value).to_owned());
        }
    }
    context
}

/// Keys that requests bring.
const KEYS: [&str; 2] = ["sns:protocol", "sns:endpoint"];

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::Bool(true) => vec!["true"],
        Value::Bool(false) => vec!["false"],
        _ => Vec::new(),
    }
}

/// `*` stands for any characters, `?` for one. Takes time in the product of both lengths at worst.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((after, taken)) => {
                    star = Some((after, taken + 1));
                    at = after;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
