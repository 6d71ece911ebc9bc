//! Secrets in documents that are shown as they spell themselves.

use cairn_catalog::{Member, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json};

use super::is_secret;

/// Hides what the model marks as secret in a value whose members have the names of the wire, and
/// whose lists may be a single element.
pub(super) fn veil(service: &Service, id: ShapeId, value: &mut Json) {
    let shape = service.shape(id);
    if is_secret(shape) {
        *value = HIDDEN.into();
        return;
    }
    match (shape, value) {
        (Shape::Structure { members, .. }, Json::Map(values)) => {
            for (name, value) in values {
                match members.iter().find(|member| is_called(member, name)) {
                    Some(member) if member.sensitive => *value = HIDDEN.into(),
                    Some(member) => veil(service, member.shape, value),
                    None => {}
                }
            }
        }
        (Shape::List { .. }, Json::List(elements)) => {
            for element in elements {
                veil(service, id, element);
            }
        }
        (Shape::List { element, .. }, value) => alone(service, *element, value),
        (Shape::Map { value: shape, .. }, Json::Map(entries)) => {
            for (_, value) in entries {
                veil(service, *shape, value);
            }
        }
        _ => {}
    }
}

/// A list that is written as its one element, or as elements under their own name.
fn alone(service: &Service, element: ShapeId, value: &mut Json) {
    if matches!(service.shape(element), Shape::List { .. }) {
        return;
    }
    match value {
        Json::Map(values) if matches!(&values[..], [(name, _)] if name == "item") => {
            match &mut values[0].1 {
                Json::List(elements) => {
                    for each in elements {
                        veil(service, element, each);
                    }
                }
                only => veil(service, element, only),
            }
        }
        value => veil(service, element, value),
    }
}

fn is_called(member: &Member, name: &str) -> bool {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    same(member.wire_name()) || same(member.name) || member.query.is_some_and(same)
}
