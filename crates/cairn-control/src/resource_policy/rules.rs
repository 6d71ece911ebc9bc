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
/// Who does, and the keys that say for whom.
const CLOUDTRAIL_NAME: &str = "cloudtrail.amazonaws.com";
const OF_SOURCE: [&str; 2] = ["aws:SourceArn", "aws:SourceAccount"];

/// The key that a channel's policy may ask for.
const EXTERNAL_ID: &str = "cloudtrail:externalid";

pub(super) fn check(text: &str, kind: Kind, arn: &str) -> Result<(), Refusal> {
    let parsed = match kind {
        Kind::Channel => Policy::parse(text),
        Kind::EventDataStore | Kind::Dashboard => Policy::parse_of(arn, text),
    };
    parsed.map_err(|malformed| not_valid(malformed.to_string()))?;
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
        check_statement(statement, actions, kind, arn)?;
        match kind {
            Kind::Channel => check_of_channel(statement)?,
            Kind::Dashboard => check_of_dashboard(statement)?,
            Kind::EventDataStore => {}
        }
    }
    Ok(())
}

/// A statement names principals, actions and the one resource, and excludes nothing. Only channels'
/// have to name the resource.
fn check_statement(
    statement: &Value,
    actions: &[&str],
    kind: Kind,
    arn: &str,
) -> Result<(), Refusal> {
    for member in ["Principal", "Action", "Resource"] {
        let needed = member != "Resource" || kind == Kind::Channel;
        if needed && statement.get(member).is_none() {
            return Err(not_valid(format!("a statement must have '{member}'")));
        }
        let excluding = format!("Not{member}");
        if statement.get(&excluding).is_some() {
            return Err(not_valid(format!("'{excluding}' is not supported")));
        }
    }
    for action in texts(&statement["Action"]) {
        if !actions.iter().any(|known| known.eq_ignore_ascii_case(action)) {
            return Err(not_valid(format!("the action '{action:.256}' is not supported")));
        }
    }
    for resource in texts(&statement["Resource"]) {
        if resource != arn && !(kind == Kind::Dashboard && is_of_dashboards(resource, arn)) {
            let text = format!("the resource '{resource:.256}' is not {arn}");
            return Err(not_valid(text));
        }
    }
    Ok(())
}

/// `arn:aws:cloudtrail:us-east-1:111122223333:dashboard/*`, as in CloudTrail's own example.
fn is_of_dashboards(resource: &str, arn: &str) -> bool {
    let begin = resource.strip_suffix('*').unwrap_or_default();
    begin.contains(":dashboard/") && arn.starts_with(begin)
}

/// A dashboard's policy lets CloudTrail refresh it, on behalf of an account or of a dashboard.
fn check_of_dashboard(statement: &Value) -> Result<(), Refusal> {
    let services = &statement["Principal"]["Service"];
    let others = statement["Principal"].as_object().is_none_or(|kinds| kinds.len() != 1);
    if others || texts(services).ne([CLOUDTRAIL_NAME]) {
        return Err(not_valid(format!("its principal is the service {CLOUDTRAIL_NAME}")));
    }
    let conditions = statement["Condition"].as_object().into_iter().flatten();
    for (name, _) in conditions.filter_map(|(_, keys)| keys.as_object()).flatten() {
        if !OF_SOURCE.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return Err(not_valid(format!("the condition key '{name:.256}' is not supported")));
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
