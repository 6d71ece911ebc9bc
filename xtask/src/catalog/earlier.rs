//! What earlier models had and newer ones lost. Clients are not renewed with the models: a route
//! that was moved and a service that was closed are still called.

use std::collections::BTreeSet;

use super::model::{Model, Shape};

/// Behind the name of an operation or a shape of an earlier model.
const MARK: &str = "@earlier";

/// The operation's own name.
pub(super) fn plain(name: &str) -> &str {
    name.strip_suffix(MARK).unwrap_or(name)
}

/// Adds the services of `earlier` that are gone, the operations that are gone, and the operations
/// whose REST route was another one.
pub(super) fn keep(models: &mut Vec<(String, Model)>, earlier: Vec<(String, Model)>) {
    for (name, old) in earlier {
        match models.iter_mut().find(|(known, _)| *known == name) {
            Some((_, new)) => add_lost(new, old),
            None => models.push((name, old)),
        }
    }
    models.sort_by(|(one, _), (other, _)| one.cmp(other));
}

fn add_lost(new: &mut Model, mut old: Model) {
    let rest = |model: &Model| model.metadata.protocol.starts_with("rest-");
    let both_rest = rest(new) && rest(&old);
    let mut lost = Vec::new();
    for (name, operation) in &old.operations {
        let route = |of: &super::model::Operation| {
            let uri = of.http.request_uri.trim_end_matches('/').to_owned();
            (of.http.method.clone(), uri)
        };
        match new.operations.get(name) {
            None => lost.push((name.clone(), name.clone())),
            Some(now) if both_rest && route(now) != route(operation) => {
                lost.push((name.clone(), format!("{name}{MARK}")));
            }
            _ => {}
        }
    }
    for (name, key) in lost {
        let Some(mut operation) = old.operations.remove(&name) else { continue };
        if let Some(input) = &mut operation.input {
            input.shape = copy(new, &old, &input.shape);
        }
        if let Some(output) = &mut operation.output {
            output.shape = copy(new, &old, &output.shape);
        }
        new.operations.insert(key, operation);
    }
}

/// Takes a shape and all that it reaches over under names of their own; gives the first name.
fn copy(new: &mut Model, old: &Model, root: &str) -> String {
    let marked = |name: &str| format!("{name}{MARK}");
    let (mut open, mut seen) = (vec![root.to_owned()], BTreeSet::new());
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let mut shape: Shape = old.shape(&name).clone();
        for part in shape.parts() {
            open.push(part.shape.clone());
            part.shape = marked(&part.shape);
        }
        new.shapes.insert(marked(&name), shape);
    }
    marked(root)
}
