//! What tells operations of one route apart.

use std::collections::{BTreeMap, BTreeSet};

use cairn_catalog::Protocol;

use super::draft::{Condition, Operation};
use super::model::Model;
use crate::output::Failure;

/// Operations that are asked for elsewhere than their route says.
const ELSEWHERE: &[(&str, &str)] = &[
    // At a host of its own, where directory buckets are managed.
    ("s3", "ListDirectoryBuckets"),
    // By the type of its body.
    ("s3", "PostObject"),
];

/// Gives operations that share method, path and literals of the query the conditions that tell
/// them apart: parameters and headers that only some of them need.
pub(super) fn tell_apart(
    service: &str,
    model: &Model,
    protocol: Protocol,
    operations: &mut [Operation],
) -> Result<(), Failure> {
    if !matches!(protocol, Protocol::RestJson | Protocol::RestXml) {
        return Ok(());
    }
    let mut routes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, operation) in operations.iter_mut().enumerate() {
        if ELSEWHERE.contains(&(service, operation.name.as_str())) {
            operation.conditions.push(Condition::Never);
        } else {
            routes.entry(route(operation)).or_default().push(at);
        }
    }
    for same in routes.into_values() {
        // Who is alone on a route needs nothing to be told by. S3 is the exception: any request
        // fits the path of an object, and a parameter says that one is meant.
        if same.len() == 1 && (service != "s3" || operations[same[0]].uri.contains('?')) {
            continue;
        }
        let mut seen = BTreeSet::new();
        for at in same {
            let operation = &mut operations[at];
            let about = &model.operations[&operation.name];
            if about.deprecated {
                operation.conditions.push(Condition::Never);
                continue;
            }
            let input = about.input.as_ref().map(|input| input.shape.as_str());
            operation.conditions = input.map_or(Vec::new(), |input| required(model, input));
            if !seen.insert(operation.conditions.clone()) {
                let text = format!(
                    "{service}: nothing tells {} from another operation of its route: say in \
                     xtask/src/catalog/routes.rs where it is asked for",
                    operation.name
                );
                return Err(Failure::new(text));
            }
        }
    }
    Ok(())
}

/// Method, path and literals, with all labels alike.
fn route(operation: &Operation) -> String {
    let (path, query) = operation.uri.split_once('?').unwrap_or((&operation.uri, ""));
    let mut route = format!("{} ", operation.method);
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let shown = match segment.strip_prefix('{') {
            Some(label) if label.ends_with("+}") => "{+}",
            Some(_) => "{}",
            None => segment,
        };
        route.push('/');
        route.push_str(shown);
    }
    let mut literals: Vec<&str> = query.split('&').collect();
    literals.sort_unstable();
    format!("{route}?{}", literals.join("&"))
}

/// The parameters and headers that a request must have, sorted.
fn required(model: &Model, input: &str) -> Vec<Condition> {
    let shape = model.shape(input);
    let members = shape.members.0.iter().filter(|(name, _)| shape.required.contains(name));
    let conditions = members.filter_map(|(name, member)| {
        let wire = member.location_name.clone().unwrap_or_else(|| name.clone());
        match member.location.as_deref() {
            Some("querystring") => Some(Condition::Query(wire)),
            Some("header") => Some(Condition::Header(wire.to_ascii_lowercase())),
            _ => None,
        }
    });
    let mut conditions: Vec<Condition> = conditions.collect();
    conditions.sort();
    conditions
}
