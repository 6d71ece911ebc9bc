//! What a policy's statements say.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a policy says to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Allowed,
    /// By a statement that denies.
    Denied,
    /// No statement speaks of it.
    Nothing,
}

/// Who asks for what, where.
pub(super) struct Question<'a> {
    /// ARNs and account ids that the asker goes by.
    pub(super) names: &'a [&'a str],
    /// Service principals that the asker goes by.
    pub(super) services: &'a [&'a str],
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) conditions: &'a Context,
}

/// Condition keys and their values; keys are compared without case.
#[derive(Debug, Default)]
pub(super) struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    pub(super) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_ascii_lowercase(), vec![value.into()]);
    }

    /// One more value of a key that has many.
    pub(super) fn add(&mut self, key: &str, value: impl Into<String>) {
        self.0.entry(key.to_ascii_lowercase()).or_default().push(value.into());
    }

    fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }
}

/// A policy, taken apart.
#[derive(Debug)]
pub(super) struct Rules {
    statements: Vec<Statement>,
}

#[derive(Debug)]
struct Statement {
    allow: bool,
    principal: Side<Principals>,
    action: Side<Vec<String>>,
    resource: Side<Vec<String>>,
    conditions: Vec<Condition>,
}

/// A member, or the one that says the opposite: `Action` and `NotAction`.
#[derive(Debug)]
enum Side<T> {
    Is(T),
    IsNot(T),
}

impl<T> Side<T> {
    fn holds(&self, test: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Is(value) => test(value),
            Self::IsNot(value) => !test(value),
        }
    }
}

#[derive(Debug, Default)]
struct Principals {
    everyone: bool,
    aws: Vec<String>,
    services: Vec<String>,
}

#[derive(Debug)]
struct Condition {
    operator: Operator,
    set: Set,
    if_exists: bool,
    key: String,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equals { negated: bool, ignore_case: bool },
    Like { negated: bool },
    Bool,
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    One,
    AnyOf,
    AllOf,
}

impl Rules {
    /// # Errors
    /// What is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let policy = value.as_object().ok_or("it is no object")?;
        let statements: Vec<&Value> = match policy.get("Statement") {
            Some(Value::Array(all)) => all.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => return Err("it has no Statement".to_owned()),
        };
        let statements = statements.into_iter().map(statement).collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }

    pub(super) fn evaluate(&self, question: &Question<'_>) -> Decision {
        let mut decision = Decision::Nothing;
        for statement in self.statements.iter().filter(|statement| statement.speaks(question)) {
            if !statement.allow {
                return Decision::Denied;
            }
            decision = Decision::Allowed;
        }
        decision
    }
}

impl Statement {
    fn speaks(&self, question: &Question<'_>) -> bool {
        let Question { names, services, action, resource, conditions } = question;
        let action_matches = |patterns: &Vec<String>| {
            let action = action.to_ascii_lowercase();
            patterns.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &action))
        };
        self.principal.holds(|principals| principals.include(names, services))
            && self.action.holds(action_matches)
            && self.resource.holds(|all| all.iter().any(|pattern| matches(pattern, resource)))
            && self.conditions.iter().all(|condition| condition.holds(conditions))
    }
}

impl Principals {
    fn include(&self, names: &[&str], services: &[&str]) -> bool {
        self.everyone
            || self.aws.iter().any(|name| names.contains(&name.as_str()))
            || self.services.iter().any(|name| services.contains(&name.as_str()))
    }
}

impl Condition {
    fn holds(&self, context: &Context) -> bool {
        let found = context.get(&self.key);
        if self.operator == Operator::Null {
            return self.values.iter().any(|value| (value == "true") == found.is_none());
        }
        let Some(found) = found else {
            // What asks that something is not so holds where there is nothing.
            return self.if_exists || self.negated() || self.set == Set::AllOf;
        };
        match self.set {
            Set::AllOf => found.iter().all(|value| self.test(value)),
            Set::One | Set::AnyOf => found.iter().any(|value| self.test(value)),
        }
    }

    fn negated(&self) -> bool {
        matches!(
            self.operator,
            Operator::Equals { negated: true, .. } | Operator::Like { negated: true }
        )
    }

    fn test(&self, found: &str) -> bool {
        let any = self.values.iter().any(|wanted| match self.operator {
            Operator::Equals { ignore_case: true, .. } | Operator::Bool => {
                wanted.eq_ignore_ascii_case(found)
            }
            Operator::Equals { .. } => wanted == found,
            Operator::Like { .. } => matches(wanted, found),
            Operator::Null => false,
        });
        any != self.negated()
    }
}

fn statement(value: &Value) -> Result<Statement, String> {
    let members = value.as_object().ok_or("a Statement is no object")?;
    let allow = match members.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("an Effect is neither Allow nor Deny".to_owned()),
    };
    Ok(Statement {
        allow,
        principal: side(members, "Principal", "NotPrincipal", principals)?,
        action: side(members, "Action", "NotAction", texts)?,
        resource: side(members, "Resource", "NotResource", texts)?,
        conditions: conditions(members.get("Condition"))?,
    })
}

fn side<T>(
    members: &Map<String, Value>,
    name: &str,
    opposite: &str,
    read: impl Fn(&Value) -> Result<T, String>,
) -> Result<Side<T>, String> {
    match (members.get(name), members.get(opposite)) {
        (Some(value), None) => read(value).map(Side::Is),
        (None, Some(value)) => read(value).map(Side::IsNot),
        _ => Err(format!("a Statement needs one of {name} and {opposite}")),
    }
}

fn principals(value: &Value) -> Result<Principals, String> {
    let mut found = Principals::default();
    let kinds = match value {
        Value::String(text) if text == "*" => {
            found.everyone = true;
            return Ok(found);
        }
        Value::Object(kinds) => kinds,
        _ => return Err("a Principal is neither * nor an object".to_owned()),
    };
    for (kind, value) in kinds {
        let names = texts(value)?;
        match kind.as_str() {
            "AWS" => {
                found.everyone |= names.iter().any(|name| name == "*");
                found.aws.extend(names);
            }
            "Service" => found.services.extend(names),
            "Federated" | "CanonicalUser" => {}
            other => return Err(format!("{other:.64} is no kind of Principal")),
        }
    }
    Ok(found)
}

fn conditions(value: Option<&Value>) -> Result<Vec<Condition>, String> {
    let mut found = Vec::new();
    let Some(value) = value else { return Ok(found) };
    for (name, block) in value.as_object().ok_or("a Condition is no object")? {
        let (set, bare) = match name.split_once(':') {
            Some(("ForAnyValue", bare)) => (Set::AnyOf, bare),
            Some(("ForAllValues", bare)) => (Set::AllOf, bare),
            _ => (Set::One, name.as_str()),
        };
        let (bare, if_exists) = match bare.strip_suffix("IfExists") {
            Some(bare) => (bare, true),
            None => (bare, false),
        };
        let operator = operator(bare)
            .ok_or_else(|| format!("{name:.64} is no condition operator that Cairn knows"))?;
        for (key, values) in block.as_object().ok_or("a condition is no object")? {
            let values = texts(values)?;
            found.push(Condition { operator, set, if_exists, key: key.clone(), values });
        }
    }
    Ok(found)
}

fn operator(name: &str) -> Option<Operator> {
    let equals = |negated, ignore_case| Operator::Equals { negated, ignore_case };
    Some(match name {
        "StringEquals" => equals(false, false),
        "StringNotEquals" => equals(true, false),
        "StringEqualsIgnoreCase" => equals(false, true),
        "StringNotEqualsIgnoreCase" => equals(true, true),
        "StringLike" | "ArnLike" | "ArnEquals" => Operator::Like { negated: false },
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => Operator::Like { negated: true },
        "Bool" => Operator::Bool,
        "Null" => Operator::Null,
        _ => return None,
    })
}

/// One text or many; numbers and booleans count as their text.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err("a list has a member that is no text".to_owned()),
    };
    match value {
        Value::Array(all) => all.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// Whether a text is of a pattern with `*` and `?`. Goes back only to the last star, so the time is
/// bounded by the product of the lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, from)) = star {
            (p, t) = (at + 1, from + 1);
            star = Some((at, from + 1));
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}
