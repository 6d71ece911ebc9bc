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
            elements.iter_mut().for_each(|element| veil(service, id, element));
        }
        (Shape::List { element, .. }, value) => {
            // Inside a list may stand its elements' own name.
            if let (Shape::Structure { .. }, Json::Map(values)) =
                (service.shape(*element), &mut *value)
                && let [(name, Json::List(elements))] = values.as_mut_slice()
                && (name == "item" || name == "member")
            {
                elements.iter_mut().for_each(|each| veil(service, *element, each));
                return;
            }
            veil(service, *element, value);
        }
        (Shape::Map { value: shape, .. }, Json::Map(entries)) => {
            entries.iter_mut().for_each(|(_, value)| veil(service, *shape, value));
        }
        _ => {}
    }
}

fn is_called(member: &Member, name: &str) -> bool {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    same(member.wire_name()) || same(member.name) || member.query.is_some_and(same)
}
