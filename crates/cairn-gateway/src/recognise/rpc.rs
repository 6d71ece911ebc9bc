//! Calls that name their operation: JSON by a header, queries by a parameter, CBOR by the path.

use std::borrow::Cow;

use cairn_catalog::{Service, ServiceId};
use cairn_wire::aws_json::{self, Version};
use cairn_wire::{Parts, Protocol};
use http::Method;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};

use super::{Asked, Recognised, is_operation, rest};

/// The longest escaped spelling of a parameter's name that is taken apart: three bytes a letter.
const ESCAPED_BYTES: usize = 3 * ACTION.len();

const ACTION: &str = "Action";

/// The call, if the request names an operation of a service that may be meant.
pub(super) fn recognise<'a>(asked: &Asked<'_, 'a>) -> Option<Recognised<'a>> {
    cbor(asked).or_else(|| json(asked)).or_else(|| query(asked))
}

/// `/service/NAME/operation/NAME`, below whatever prefix.
fn cbor<'a>(asked: &Asked<'_, 'a>) -> Option<Recognised<'a>> {
    let protocol = asked.parts.headers.get("smithy-protocol")?;
    if protocol.as_bytes() != b"rpc-v2-cbor" || asked.parts.method != Method::POST {
        return None;
    }
    let (rest, operation) = asked.parts.path.rsplit_once('/')?;
    let (rest, word) = rest.rsplit_once('/')?;
    let (rest, shape) = rest.rsplit_once('/')?;
    if word != "operation" || !(rest == "/service" || rest.ends_with("/service")) {
        return None;
    }
    let target = Target { service: shape, operation: Cow::Borrowed(operation) };
    named(asked, &target, Protocol::Cbor)
}

fn json<'a>(asked: &Asked<'_, 'a>) -> Option<Recognised<'a>> {
    if asked.parts.method != Method::POST {
        return None;
    }
    let found = aws_json::target(asked.parts.headers)?;
    // A service may speak JSON at the root and REST below it; the path is what it goes by.
    if asked.parts.path != "/" && rest::routes(asked) {
        return None;
    }
    let target = Target { service: found.service_prefix, operation: found.operation.into() };
    let version = Version::of(asked.parts.headers).unwrap_or(Version::V1_1);
    named(asked, &target, Protocol::Json(version))
}

/// What a header or a path names.
struct Target<'a> {
    service: &'a str,
    operation: Cow<'a, str>,
}

/// The target's operation, if its service may be meant: of several services with one target, the
/// one that knows the operation.
fn named<'a>(
    asked: &Asked<'_, 'a>,
    target: &Target<'a>,
    protocol: Protocol,
) -> Option<Recognised<'a>> {
    let catalog = asked.catalog;
    let targeted = catalog.targeted(target.service).map(|id| catalog.service(id));
    let call = Recognised::speaking(protocol);
    if asked.candidates.is_empty() {
        let signing_name = super::is_service(target.service).then(|| target.service.into());
        let call = match targeted {
            Some(service) => call.of(service),
            None => Recognised { signing_name, ..call },
        };
        return Some(settle(asked, call, &target.operation));
    }
    let services = || asked.candidates.iter().map(|id| catalog.service(*id));
    let prefix = targeted.and_then(|service| service.target_prefix);
    let same = || services().filter(|service| prefix.is_some() && service.target_prefix == prefix);
    let knows = |service: &&'static Service| service.operation(&target.operation).is_some();
    if let Some(service) = same().find(knows).or_else(|| same().next()) {
        return Some(settle(asked, call.of(service), &target.operation));
    }
    // A target that is newer than the catalog, or of another service.
    let service = services().find(|service| service.target_prefix.is_some())?;
    let named = Some(target.operation.clone()).filter(|name| is_operation(name));
    Some(Recognised { named, ..call.of(service) })
}

/// A parameter `Action` of the query, or of a form in the body.
fn query<'a>(asked: &Asked<'_, 'a>) -> Option<Recognised<'a>> {
    let mut services = asked.candidates.iter().map(|id| asked.catalog.service(*id));
    if !asked.candidates.is_empty() && !services.any(speaks_queries) {
        return None;
    }
    if !may_query(asked.parts) {
        return None;
    }
    let action = actions(asked).next()?;
    let call = Recognised::speaking(Protocol::Query);
    let mut call = match choose(asked, &action) {
        Some(service) => settle(asked, call.of(service), &action),
        None if asked.claimed.is_none() => return None,
        None => settle(asked, call, &action),
    };
    if call.service.is_some_and(|service| service.name == "ec2") {
        call.protocol = Protocol::Ec2;
    }
    Some(call)
}

/// Of the services that speak queries, the one whose API has the date that the request wants, else
/// the one that knows the operation.
fn choose(asked: &Asked<'_, '_>, action: &str) -> Option<&'static Service> {
    let catalog = asked.catalog;
    let version = version(asked);
    let dated = |id: &ServiceId| version == Some(catalog.api_version(*id));
    let knows =
        |service: &&'static Service| speaks_queries(service) && service.operation(action).is_some();
    if asked.candidates.is_empty() {
        // Signed for a service that nobody knows: its actions are its own.
        let all = catalog.services().filter(|_| asked.claimed.is_none());
        return all.filter(dated).map(|id| catalog.service(id)).find(knows);
    }
    let all = || asked.candidates.iter().copied();
    let service = |id| catalog.service(id);
    all()
        .filter(dated)
        .map(service)
        .find(knows)
        .or_else(|| all().map(service).find(knows))
        .or_else(|| all().map(service).find(|service| speaks_queries(service)))
}

/// Services that have moved to another protocol still answer queries, in the wrappers of old.
fn speaks_queries(service: &'static Service) -> bool {
    let queries = cairn_catalog::Protocol::Query;
    let first = || service.operations().first();
    service.protocol == queries
        || service.protocol == cairn_catalog::Protocol::Ec2
        || first().is_some_and(|operation| operation.result_wrapper.is_some())
}

/// The date that the request names as `Version`, in the query or in the form.
fn version<'a>(asked: &Asked<'_, 'a>) -> Option<&'a str> {
    let form = asked.body.split(|byte| *byte == b'&');
    let form = form.filter_map(|piece| std::str::from_utf8(piece.strip_prefix(b"Version=")?).ok());
    let query = asked.parts.query.unwrap_or_default().split('&');
    query.filter_map(|piece| piece.strip_prefix("Version=")).chain(form).next()
}

/// Every action that a request names; empty where one cannot be read.
fn actions<'a>(asked: &Asked<'_, 'a>) -> impl Iterator<Item = Cow<'a, str>> {
    let body = if is_form(asked.parts) { asked.body } else { &[] };
    let query = asked.parts.query.unwrap_or_default().as_bytes();
    let pieces = [body, query].into_iter().flat_map(|form| form.split(|byte| *byte == b'&'));
    pieces.filter_map(action)
}

/// The value of a piece that is an action.
fn action(piece: &[u8]) -> Option<Cow<'_, str>> {
    let at = piece.iter().take(ESCAPED_BYTES + 1).position(|byte| *byte == b'=')?;
    let (name, value) = (&piece[..at], &piece[at + 1..]);
    if name != ACTION.as_bytes() && !is_escaped(name) {
        return None;
    }
    let value = std::str::from_utf8(value).ok().filter(|value| is_operation(value));
    Some(value.unwrap_or_default().into())
}

/// Whether a name spells `Action` with escapes, which no client does that means well.
fn is_escaped(name: &[u8]) -> bool {
    if !name.contains(&b'%') {
        return false;
    }
    let mut rest = name;
    for letter in ACTION.bytes() {
        let escape = [b'%', HEX[usize::from(letter >> 4)], HEX[usize::from(letter & 15)]];
        rest = match rest {
            [first, next @ ..] if *first == letter => next,
            [one, two, three, next @ ..] if [*one, *two, *three].eq_ignore_ascii_case(&escape) => {
                next
            }
            _ => return false,
        };
    }
    rest.is_empty()
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Whether the body is a form that can be read as it is.
pub fn is_form(parts: &Parts<'_>) -> bool {
    let essence = parts.header(&CONTENT_TYPE).and_then(|text| text.split(';').next());
    let form = essence
        .is_some_and(|text| text.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    form && !parts.headers.contains_key(CONTENT_ENCODING)
}

/// Queries are asked at the root, and of SQS at the path of a queue.
fn may_query(parts: &Parts<'_>) -> bool {
    let path = parts.path;
    let queue = || path.split('/').filter(|segment| !segment.is_empty()).count() == 2;
    let root = path == "/" || path.is_empty() || path == "//";
    match *parts.method {
        Method::GET => root || queue(),
        // What the body says beside the query has to be readable.
        Method::POST => {
            let bodiless = parts.headers.get(CONTENT_LENGTH).is_none_or(|length| length == "0")
                && !parts.headers.contains_key(TRANSFER_ENCODING);
            (root || queue()) && (is_form(parts) || bodiless)
        }
        _ => false,
    }
}

/// The operation of this name, if the request names no other anywhere: services differ in whether
/// they go by target or action, by the first or the last. Else its name.
fn settle<'a>(asked: &Asked<'_, 'a>, call: Recognised<'a>, name: &Cow<'a, str>) -> Recognised<'a> {
    let by_header = aws_json::target(asked.parts.headers).map(|target| target.operation);
    let targets = !asked.parts.headers.contains_key("x-amz-target") || by_header == Some(name);
    let agree = targets && actions(asked).all(|action| action == *name);
    let operation = call.service.and_then(|service| service.operation(name));
    let operation = operation.filter(|_| agree);
    let named = Some(name.clone()).filter(|name| operation.is_none() && is_operation(name));
    Recognised { operation, named, ..call }
}
