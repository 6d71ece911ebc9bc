//! What REST requests and answers have in their heads: path, query, headers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_catalog::{Location, Member, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json};
use http::HeaderMap;

use super::form::{Plus, decoded, pairs};
use super::names::{is_envelope, lower_first, recorded, unknown};
use super::{Asked, is_secret, leaf, shaped};

/// The member that is the whole body.
pub(super) fn payload(service: &Service, shape: ShapeId) -> Option<&Member> {
    match service.shape(shape) {
        Shape::Structure { members, payload: Some(at), .. } => members.get(usize::from(*at)),
        _ => None,
    }
}

/// The members of a request that do not travel in its body.
pub(super) fn request_head(
    service: &Service,
    shape: ShapeId,
    asked: &Asked<'_>,
) -> Vec<(String, Json)> {
    let Shape::Structure { members, .. } = service.shape(shape) else { return Vec::new() };
    let route = asked.operation.and_then(|operation| operation.uri.split_once('?'));
    let fixed = |name: &str| {
        let literals = route.map_or("", |(_, query)| query).split('&');
        literals.into_iter().any(|one| one.split('=').next() == Some(name))
    };
    let query = pairs(asked.parts.query.unwrap_or_default());
    // What the route itself says names the operation, not a parameter of it.
    let query: Vec<_> = query.filter(|(name, _)| !fixed(name)).collect();
    let mut out = Vec::new();
    for member in members {
        let wire = member.wire_name();
        let value = match member.location {
            Location::Path => {
                let label = asked.labels.iter().find(|label| label.name == wire);
                label.and_then(|label| text(service, member, &decoded(label.value, Plus::Itself)))
            }
            Location::Query => {
                let values = query.iter().filter(|(name, _)| name == wire);
                repeated(service, member, values.map(|(_, value)| &**value))
            }
            Location::QueryMap => rest_of_query(members, &query),
            Location::Header | Location::Headers => header(service, member, asked.parts.headers),
            Location::Body | Location::Status => None,
        };
        out.extend(shown(service, member, value));
    }
    let known = |name: &str| members.iter().any(|m| is_in_query(m, name));
    if !members.iter().any(|member| member.location == Location::QueryMap) {
        for (name, value) in query
            .iter()
            .filter(|(name, value)| !value.is_empty() && !known(name) && !is_envelope(name))
        {
            let shown = unknown(service, members, name);
            out.extend(shown.map(|shown| (shown, shaped::wary(name, (&**value).into()))));
        }
    }
    out
}

/// Whether a member that does not travel in the body has this name in records.
pub(super) fn is_of_head(service: &Service, shape: ShapeId, name: &str) -> bool {
    let Shape::Structure { members, .. } = service.shape(shape) else { return false };
    members
        .iter()
        .any(|member| member.location != Location::Body && recorded(service, member) == name)
}

/// The parameters of a query that nothing describes.
pub(super) fn undescribed(asked: &Asked<'_>) -> Vec<(String, Json)> {
    pairs(asked.parts.query.unwrap_or_default())
        .filter(|(name, _)| !is_envelope(name))
        .map(|(name, value)| (lower_first(&name), shaped::wary(&name, (&*value).into())))
        .collect()
}

/// The members of an answer that do not travel in its body.
pub(super) fn answer_head(
    service: &Service,
    shape: ShapeId,
    headers: &HeaderMap,
) -> Vec<(String, Json)> {
    let Shape::Structure { members, .. } = service.shape(shape) else { return Vec::new() };
    let each = members
        .iter()
        .filter_map(|member| shown(service, member, header(service, member, headers)));
    each.collect()
}

fn shown(service: &Service, member: &Member, value: Option<Json>) -> Option<(String, Json)> {
    let value = if member.sensitive { value.map(|_| HIDDEN.into()) } else { value };
    Some((recorded(service, member), value?))
}

fn is_in_query(member: &Member, name: &str) -> bool {
    member.location == Location::Query && member.wire_name() == name
}

fn text(service: &Service, member: &Member, value: &str) -> Option<Json> {
    let shape = service.shape(member.shape);
    if is_secret(shape) {
        return Some(HIDDEN.into());
    }
    if member.json {
        let inside = STANDARD.decode(value.trim()).ok()?;
        return Some(String::from_utf8(inside).ok()?.into());
    }
    leaf::of_text(shape, value)
}

/// A parameter of the query: each of its values where it is a list.
fn repeated<'v>(
    service: &Service,
    member: &Member,
    mut values: impl Iterator<Item = &'v str>,
) -> Option<Json> {
    match service.shape(member.shape) {
        Shape::List { element, .. } => {
            let shape = service.shape(*element);
            let list: Vec<_> = values.filter_map(|value| leaf::of_text(shape, value)).collect();
            (!list.is_empty()).then_some(Json::List(list))
        }
        _ => text(service, member, values.next()?),
    }
}

fn rest_of_query(
    members: &[Member],
    query: &[(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)],
) -> Option<Json> {
    let others = query.iter().filter(|(name, _)| {
        !is_envelope(name) && !members.iter().any(|member| is_in_query(member, name))
    });
    let map: Vec<(String, Json)> =
        others.map(|(name, value)| (name.to_string(), (&**value).into())).collect();
    (!map.is_empty()).then_some(Json::Map(map))
}

fn header(service: &Service, member: &Member, headers: &HeaderMap) -> Option<Json> {
    match member.location {
        Location::Header => {
            let value = headers.get(member.wire_name())?.to_str().ok()?;
            match service.shape(member.shape) {
                Shape::List { element, .. } => {
                    let shape = service.shape(*element);
                    let each = value.split(',').filter_map(|v| leaf::of_text(shape, v.trim()));
                    Some(Json::List(each.collect()))
                }
                _ => text(service, member, value),
            }
        }
        Location::Headers => {
            let prefix = member.wire?.to_ascii_lowercase();
            if prefix.is_empty() {
                return None;
            }
            let each = headers.iter().filter_map(|(name, value)| {
                let key = name.as_str().strip_prefix(&prefix)?;
                Some((key.to_owned(), Json::from(value.to_str().ok()?)))
            });
            let map: Vec<_> = each.collect();
            (!map.is_empty()).then_some(Json::Map(map))
        }
        _ => None,
    }
}
