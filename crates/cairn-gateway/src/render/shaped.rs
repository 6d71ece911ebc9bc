//! JSON by shape: JSON bodies, and CBOR that was made JSON.

use cairn_catalog::{Member, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json, Redactor};

use super::names::{lower_first, recorded};
use super::{is_secret, leaf};

/// The members of a document whose structure is known.
pub(super) fn document(
    service: &Service,
    shape: ShapeId,
    value: Option<Json>,
) -> Vec<(String, Json)> {
    match (service.shape(shape), value) {
        (Shape::Structure { members, .. }, Some(Json::Map(values))) => {
            structure(service, members, values)
        }
        _ => Vec::new(),
    }
}

/// One member under its name; `None` where records leave it out.
pub(super) fn member(service: &Service, member: &Member, value: Json) -> Option<(String, Json)> {
    let name = recorded(service, member);
    if value == Json::Null {
        return None;
    }
    if member.sensitive {
        return Some((name, HIDDEN.into()));
    }
    Some((name, of_shape(service, member.shape, value)?))
}

fn structure(
    service: &Service,
    members: &[Member],
    values: Vec<(String, Json)>,
) -> Vec<(String, Json)> {
    let mut out = Vec::with_capacity(values.len());
    for (name, value) in values {
        match members.iter().find(|member| member.wire_name() == name) {
            Some(known) => out.extend(member(service, known, value)),
            None if name == "__type" || value == Json::Null => {}
            None => out.push((lower_first(&name), wary(&name, value))),
        }
    }
    out
}

fn of_shape(service: &Service, id: ShapeId, value: Json) -> Option<Json> {
    let shape = service.shape(id);
    if is_secret(shape) {
        return Some(HIDDEN.into());
    }
    match (shape, value) {
        (Shape::Structure { members, .. }, Json::Map(values)) => {
            Some(Json::Map(structure(service, members, values)))
        }
        (Shape::List { element, .. }, Json::List(elements)) => {
            let each = elements.into_iter().filter_map(|value| of_shape(service, *element, value));
            Some(Json::List(each.collect()))
        }
        (Shape::Map { value: shape, .. }, Json::Map(entries)) => {
            let each = entries.into_iter().filter(|(_, value)| *value != Json::Null);
            let each =
                each.filter_map(|(key, value)| Some((key, of_shape(service, *shape, value)?)));
            Some(Json::Map(each.collect()))
        }
        (
            Shape::Structure { .. }
            | Shape::List { .. }
            | Shape::Map { .. }
            | Shape::Document { .. },
            value,
        ) => Some(wary("", value)),
        (_, value @ (Json::List(_) | Json::Map(_))) => Some(wary("", value)),
        (shape, value) => leaf::of_json(shape, value),
    }
}

/// A value that nothing describes, with what sounds like a secret hidden.
pub(super) fn wary(name: &str, value: Json) -> Json {
    let mut whole = Json::Map(vec![(name.to_owned(), value)]);
    Redactor::unknown().redact(&mut whole);
    match whole {
        Json::Map(mut members) => members.pop().map_or(Json::Null, |(_, value)| value),
        _ => Json::Null,
    }
}
