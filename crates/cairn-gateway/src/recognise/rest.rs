//! Calls that are told by method and path.

use std::borrow::Cow;

use cairn_catalog::{Matched, Service, ServiceId};
use cairn_wire::Protocol;
use http::header::CONTENT_TYPE;

use super::{Asked, NAME_BYTES, Recognised, s3, usual};

pub(super) fn recognise<'a>(asked: &Asked<'_, 'a>) -> Recognised<'a> {
    if s3::may_be(asked) {
        return s3::recognise(asked);
    }
    match find(asked) {
        Some((service, matched)) => Recognised {
            operation: Some(matched.operation),
            labels: matched.labels,
            ..Recognised::speaking(usual(service)).of(service)
        },
        None => unknown(asked),
    }
}

/// Whether any service that may be meant has a route for the path.
pub(super) fn routes(asked: &Asked<'_, '_>) -> bool {
    find(asked).is_some()
}

/// The service that the host names, if it has a route; else the one whose route has most
/// literals, of those one that ends in a slash as the path does, and of those the one that is
/// meant most often.
fn find<'a>(asked: &Asked<'_, 'a>) -> Option<(&'static Service, Matched<'static, 'a>)> {
    let parts = asked.parts;
    let query = parts.query.unwrap_or_default();
    let has_header = |name: &str| parts.headers.contains_key(name);
    let route = |id: ServiceId| {
        let service = asked.catalog.service(id);
        let method = parts.method.as_str();
        service.route_with(method, parts.path, query, &has_header).map(|found| (service, found))
    };
    let hosted = asked.host.service.filter(|id| asked.candidates.contains(id));
    if let Some(found) = hosted.and_then(route) {
        return Some(found);
    }
    let mut best: Option<(&'static Service, Matched<'static, 'a>)> = None;
    for found in asked.candidates.iter().filter_map(|id| route(*id)) {
        let likeness = likeness(parts.path, &found.1);
        if best.as_ref().is_none_or(|(_, best)| self::likeness(parts.path, best) < likeness) {
            best = Some(found);
        }
    }
    best
}

fn likeness(path: &str, matched: &Matched<'_, '_>) -> (usize, bool) {
    let route = matched.operation.uri.split('?').next().unwrap_or_default();
    (matched.literals, route.ends_with('/') == path.ends_with('/'))
}

/// A request that no route is known for.
fn unknown<'a>(asked: &Asked<'_, 'a>) -> Recognised<'a> {
    let hosted = asked.host.service.filter(|id| asked.candidates.contains(id));
    let service = hosted.or_else(|| asked.candidates.first().copied());
    let named = Some(name(asked));
    match service.map(|id| asked.catalog.service(id)) {
        Some(service) => Recognised { named, ..Recognised::speaking(usual(service)).of(service) },
        None => {
            let essence = asked.parts.header(&CONTENT_TYPE).unwrap_or_default();
            let xml = essence.contains("xml");
            let protocol = if xml { Protocol::RestXml } else { Protocol::RestJson };
            Recognised { named, ..Recognised::speaking(protocol) }
        }
    }
}

/// The method, and the first segment where it may be a name.
fn name<'a>(asked: &Asked<'_, 'a>) -> Cow<'a, str> {
    let method = method(asked);
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let first = asked.parts.path.split('/').nth(1).unwrap_or_default();
    let fits = method.len() + first.len() + 2 <= NAME_BYTES;
    if first.is_empty() || !fits || !first.bytes().all(letters) {
        return method.to_owned().into();
    }
    format!("{method} /{first}").into()
}

/// Methods may be made up; the ones that HTTP has are short.
pub(super) fn method<'r>(asked: &Asked<'r, '_>) -> &'r str {
    let method = asked.parts.method.as_str();
    if super::is_operation(method) { method } else { "UNKNOWN" }
}
