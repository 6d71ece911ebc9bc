//! XML by shape, and XML that nothing describes.

use cairn_catalog::{Member, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json};

use super::names::{self, recorded};
use super::xml::{Element, local};
use super::{is_secret, leaf, shaped};

/// The members of an element whose structure is known.
pub(super) fn members(
    service: &Service,
    shape: ShapeId,
    root: &Element<'_>,
) -> Vec<(String, Json)> {
    match service.shape(shape) {
        Shape::Structure { members, .. } => structure(service, members, root),
        _ => Vec::new(),
    }
}

/// The member that is the whole document.
pub(super) fn member(
    service: &Service,
    member: &Member,
    root: &Element<'_>,
) -> Option<(String, Json)> {
    let name = recorded(service, member);
    if member.sensitive {
        return Some((name, HIDDEN.into()));
    }
    Some((name, of_shape(service, member.shape, root)?))
}

fn structure(service: &Service, members: &[Member], parent: &Element<'_>) -> Vec<(String, Json)> {
    let mut found: Vec<Vec<&Element<'_>>> = members.iter().map(|_| Vec::new()).collect();
    let mut unknown = Vec::new();
    for child in &parent.children {
        let name = child.local();
        match members.iter().position(|member| !member.attribute && is_name(service, member, name))
        {
            Some(at) => found[at].push(child),
            None => unknown.push(child),
        }
    }
    let mut out = Vec::new();
    for (member, elements) in members.iter().zip(found) {
        let attribute = attribute(member, parent);
        if elements.is_empty() && attribute.is_none() {
            continue;
        }
        let value = if member.sensitive {
            Some(HIDDEN.into())
        } else if let Some(text) = attribute {
            leaf::of_text(service.shape(member.shape), text)
        } else {
            of_member(service, member, &elements)
        };
        out.extend(value.map(|value| (recorded(service, member), value)));
    }
    for child in unknown {
        let name = child.local();
        if !matches!(name, "ResponseMetadata" | "RequestId" | "requestId") {
            let shown = names::unknown(service, members, name);
            out.extend(shown.map(|shown| (shown, shaped::wary(name, undescribed(child)))));
        }
    }
    out
}

fn is_name(service: &Service, member: &Member, name: &str) -> bool {
    name == member.wire_name()
        || matches!(
            service.shape(member.shape),
            Shape::List { element_name: Some(element), flattened, .. }
                if (*flattened || member.flattened) && *element == name
        )
}

fn attribute<'e>(member: &Member, parent: &'e Element<'_>) -> Option<&'e str> {
    let wanted = member.attribute.then(|| local(member.wire_name()))?;
    let found = parent.attributes.iter().find(|(name, _)| local(name) == wanted);
    found.map(|(_, value)| &**value)
}

/// A member from the elements of its name: several for what is flattened.
fn of_member(service: &Service, member: &Member, elements: &[&Element<'_>]) -> Option<Json> {
    let shape = service.shape(member.shape);
    match shape {
        _ if is_secret(shape) => Some(HIDDEN.into()),
        Shape::List { element, flattened, .. } if *flattened || member.flattened => {
            let each = elements.iter().filter_map(|each| of_shape(service, *element, each));
            Some(Json::List(each.collect()))
        }
        Shape::Map { flattened, .. } if *flattened || member.flattened => {
            Some(entries(service, shape, elements.iter().copied()))
        }
        _ => of_shape(service, member.shape, elements.first()?),
    }
}

fn of_shape(service: &Service, id: ShapeId, element: &Element<'_>) -> Option<Json> {
    let shape = service.shape(id);
    match shape {
        _ if is_secret(shape) => Some(HIDDEN.into()),
        Shape::Structure { members, .. } => Some(Json::Map(structure(service, members, element))),
        Shape::List { element: id, .. } => {
            let each = element.children.iter().filter_map(|each| of_shape(service, *id, each));
            Some(Json::List(each.collect()))
        }
        Shape::Map { .. } => Some(entries(service, shape, element.children.iter())),
        shape => leaf::of_text(shape, &element.text),
    }
}

fn entries<'e, 'x: 'e>(
    service: &Service,
    shape: &Shape,
    elements: impl Iterator<Item = &'e Element<'x>>,
) -> Json {
    let Shape::Map { value, key_name, value_name, .. } = shape else { return Json::Null };
    let entry = |element: &Element<'_>| {
        let key = element.text_of(key_name.unwrap_or("key"))?.to_owned();
        let held = element.child(value_name.unwrap_or("value"))?;
        Some((key, of_shape(service, *value, held)?))
    };
    Json::Map(elements.filter_map(entry).collect())
}

/// An element as CloudTrail shows documents that nothing describes: attributes and children as
/// members, what repeats as a list, texts as the numbers and booleans they spell.
pub(super) fn undescribed(element: &Element<'_>) -> Json {
    if element.children.is_empty() && element.attributes.is_empty() {
        return typed(&element.text);
    }
    let mut out: Vec<(String, Json)> = Vec::new();
    for (name, value) in &element.attributes {
        out.push(((*name).to_owned(), typed(value)));
    }
    let mut places = std::collections::HashMap::new();
    for child in &element.children {
        let value = undescribed(child);
        match places.get(child.name).copied() {
            None => {
                places.insert(child.name, (out.len(), false));
                out.push((child.name.to_owned(), value));
            }
            Some((at, true)) => {
                if let Json::List(list) = &mut out[at].1 {
                    list.push(value);
                }
            }
            Some((at, false)) => {
                let first = std::mem::replace(&mut out[at].1, Json::Null);
                out[at].1 = Json::List(vec![first, value]);
                places.insert(child.name, (at, true));
            }
        }
    }
    if !element.text.trim().is_empty() {
        out.push(("content".to_owned(), typed(&element.text)));
    }
    Json::Map(out)
}

/// The boolean or the number that a text spells in the one way that numbers are written, else the
/// text.
pub(super) fn typed(text: &str) -> Json {
    match text {
        "true" => true.into(),
        "false" => false.into(),
        _ => match text.parse::<i64>() {
            Ok(value) if value.to_string() == text => value.into(),
            _ => text.into(),
        },
    }
}
