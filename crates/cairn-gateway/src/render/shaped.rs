//! JSON by shape: JSON bodies, and CBOR that was made JSON.

use cairn_catalog::{Member, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json, Redactor};

use super::names::{recorded, unknown};
use super::{is_secret, leaf};

/// The members of a document whose structure is known.
pub(super) fn document(service: &Service, shape: ShapeId, value: Json) -> Vec<(String, Json)> {
    match (service.shape(shape), value) {
        (Shape::Structure { members, .. }, Json::Map(values)) => {
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
    let mut out: Vec<(String, Json)> = Vec::with_capacity(values.len());
    let mut places = vec![None; members.len()];
    for (name, value) in values {
        let Some(at) = members.iter().position(|member| member.wire_name() == name) else {
            if name != "__type" && value != Json::Null {
                let shown = unknown(service, members, &name);
                out.extend(shown.map(|shown| (shown, wary(&name, value))));
            }
            continue;
        };
        let Some(found) = member(service, &members[at], value) else { continue };
        // Of a name that is there twice, services read the last.
        match places[at] {
            Some(place) => out[place] = found,
            None => {
                places[at] = Some(out.len());
                out.push(found);
            }
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
