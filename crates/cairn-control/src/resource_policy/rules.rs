//! What a policy of a resource may say.

use cairn_policy::Policy;
use serde_json::Value;

use super::resource::Kind;
use crate::refusal::{Refusal, Why};

/// Statements of a channel's policy, and principals of one of them.
const STATEMENTS: usize = 20;
const PRINCIPALS: usize = 50;

const OF_CHANNEL: [&str; 1] = ["cloudtrail-data:PutAuditEvents"];
const OF_STORE: [&str; 8] = [
    "cloudtrail:StartQuery",
    "cloudtrail:CancelQuery",
    "cloudtrail:ListQueries",
    "cloudtrail:DescribeQuery",
    "cloudtrail:GetQueryResults",
    "cloudtrail:GenerateQuery",
    "cloudtrail:GenerateQueryResultsSummary",
    "cloudtrail:GetEventDataStore",
];

/// What lets CloudTrail refresh by schedule.
const OF_DASHBOARD: [&str; 1] = ["cloudtrail:StartDashboardRefresh"];

/// The key that a channel's policy may ask for.
const EXTERNAL_ID: &str = "cloudtrail:externalid";

pub(super) fn check(text: &str, kind: Kind, arn: &str) -> Result<(), Refusal> {
    Policy::parse(text).map_err(|malformed| not_valid(malformed.to_string()))?;
    let document: Value =
        serde_json::from_str(text).map_err(|error| not_valid(error.to_string()))?;
    let statements = list(&document["Statement"]);
    if kind == Kind::Channel && statements.len() > STATEMENTS {
        return Err(not_valid(format!("a policy has at most {STATEMENTS} statements")));
    }
    let actions: &[&str] = match kind {
        Kind::Channel => &OF_CHANNEL,
        Kind::EventDataStore => &OF_STORE,
        Kind::Dashboard => &OF_DASHBOARD,
    };
    for statement in statements {
        check_statement(statement, actions, arn)?;
        if kind == Kind::Channel {
            check_of_channel(statement)?;
        }
    }
    Ok(())
}

/// A statement names principals, actions and the one resource, and excludes nothing.
fn check_statement(statement: &Value, actions: &[&str], arn: &str) -> Result<(), Refusal> {
    for member in ["Principal", "Action", "Resource"] {
        if statement.get(member).is_none() {
            return Err(not_valid(format!("a statement must have '{member}'")));
        }
    }
    for action in texts(&statement["Action"]) {
        if !actions.iter().any(|known| known.eq_ignore_ascii_case(action)) {
            return Err(not_valid(format!("the action '{action:.256}' is not supported")));
        }
    }
    for resource in texts(&statement["Resource"]) {
        if resource != arn {
            let text = format!("the resource '{resource:.256}' is not {arn}");
            return Err(not_valid(text));
        }
    }
    Ok(())
}

fn check_of_channel(statement: &Value) -> Result<(), Refusal> {
    let principals: usize = match &statement["Principal"] {
        Value::Object(kinds) => kinds.values().map(|names| list(names).len()).sum(),
        _ => 1,
    };
    if principals > PRINCIPALS {
        return Err(not_valid(format!("a statement has at most {PRINCIPALS} principals")));
    }
    let Some(conditions) = statement["Condition"].as_object() else { return Ok(()) };
    for (operator, keys) in conditions {
        let names = keys.as_object().into_iter().flatten().map(|(name, _)| name);
        for name in names {
            if name.eq_ignore_ascii_case(EXTERNAL_ID) && operator != "StringEquals" {
                let text = format!("'{operator}' cannot be used with '{name}'");
                return Err(not_valid(text));
            }
        }
    }
    Ok(())
}

/// A list, or the one element that stands for it.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(elements) => elements.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).into_iter().filter_map(Value::as_str)
}

fn not_valid(why: impl std::fmt::Display) -> Refusal {
    let text = format!("The resource policy is not valid: {why}.");
    Refusal::new(Why::ResourcePolicyNotValid, text)
}
