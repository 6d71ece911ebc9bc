//! What the record of a forwarded call says of its request and its answer.
//!
//! Everything here is a pure function of the captured bytes and the catalog. What the catalog does
//! not describe passes only through the wary [`Redactor`]; bytes that are no document of the
//! call's protocol, and streams, never reach a record. Work is linear in the capture, and every
//! parser bounds depth and size; what is out of bounds is left out, never cut in the middle.

mod cbor;
mod deleted;
mod dynamo;
mod ec2;
mod failure;
mod form;
mod leaf;
mod markup;
mod names;
mod query;
mod resources;
mod rest;
mod rules;
mod s3;
mod secrets;
mod shaped;
mod traffic;
mod veil;
mod xml;

use cairn_catalog::{Label, Operation, Payload, Service, Shape, ShapeId};
use cairn_event::Json;
use cairn_wire::{Parts, Protocol};
use http::HeaderMap;

pub use deleted::deleted;
pub use failure::{Failure, failure};
pub use resources::{Place, resources};
pub use rules::{Hide, Rules};
pub use traffic::{Traffic, additional_event_data, count};

/// How deep parameters and elements may nest; what nests deeper is left out as a whole.
const DEPTH: usize = 100;
/// A body that is longer is treated as one that was cut.
const BODY_BYTES: usize = 1024 * 1024;

/// A request, as far as it was understood and captured.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub service: Option<&'a Service>,
    pub operation: Option<&'a Operation>,
    /// How the client spoke; the service's own protocol may be another.
    pub protocol: Protocol,
    pub parts: Parts<'a>,
    /// The labels of the path, from the route that was found.
    pub labels: &'a [Label<'a>],
    /// The bucket of a virtual-hosted S3 request.
    pub bucket: Option<&'a str>,
    /// The `Host` that the client sent.
    pub host: Option<&'a str>,
    /// The beginning of the body.
    pub body: &'a [u8],
    /// Whether `body` has its end.
    pub whole: bool,
}

/// An answer, as far as it was captured.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    pub status: u16,
    pub headers: &'a HeaderMap,
    /// The beginning of the body.
    pub body: &'a [u8],
    /// Whether `body` has its end.
    pub whole: bool,
}

/// `requestParameters`; `None` where there are none to show.
pub fn request_parameters(asked: &Asked<'_>, rules: &Rules) -> Option<Json> {
    let asked = &asked.bounded();
    let parameters = match (asked.service, asked.operation) {
        (Some(service), _) if is_s3(service) => s3::request(asked),
        (Some(service), Some(operation)) if service.name == "ec2" => {
            ec2::request(service, operation, asked)
        }
        (Some(service), Some(operation)) => described(service, operation, asked),
        _ => undescribed(asked),
    };
    finished(parameters, asked, rules)
}

/// `responseElements`: of calls that write and succeed, and of those of STS that hand out
/// credentials.
pub fn response_elements(
    asked: &Asked<'_>,
    answered: &Answered<'_>,
    rules: &Rules,
) -> Option<Json> {
    let (service, operation) = (asked.service?, asked.operation?);
    if !(200..400).contains(&answered.status) || !shows_answer(service, operation) {
        return None;
    }
    let answered = &answered.bounded();
    let elements = if is_s3(service) {
        s3::answer(asked, answered)
    } else if service.name == "ec2" {
        ec2::answer(service, operation, answered)
    } else {
        answer(service, operation, asked.protocol, answered)
    };
    finished(elements, asked, rules)
}

impl Asked<'_> {
    fn bounded(&self) -> Self {
        let body = &self.body[..self.body.len().min(BODY_BYTES)];
        Self { body, whole: self.whole && body.len() == self.body.len(), ..*self }
    }
}

impl Answered<'_> {
    fn bounded(&self) -> Self {
        let body = &self.body[..self.body.len().min(BODY_BYTES)];
        Self { body, whole: self.whole && body.len() == self.body.len(), ..*self }
    }
}

/// Whether records of this service are written as those of S3.
fn is_s3(service: &Service) -> bool {
    matches!(service.name, "s3" | "s3control")
}

fn shows_answer(service: &Service, operation: &Operation) -> bool {
    match service.name {
        "sts" => {
            operation.name.starts_with("Assume")
                || matches!(operation.name, "GetFederationToken" | "GetSessionToken")
        }
        // Answers to data calls have items in them.
        "dynamodb" => !operation.read_only && operation.data.is_none(),
        _ => !operation.read_only,
    }
}

/// The parameters of an operation that the catalog knows.
fn described(service: &Service, operation: &Operation, asked: &Asked<'_>) -> Vec<(String, Json)> {
    let Some(input) = operation.input else { return Vec::new() };
    let mut out = Vec::new();
    match asked.protocol {
        Protocol::Query | Protocol::Ec2 => {
            let tree = form::Tree::parse(asked.parts.query, asked.body, asked.whole);
            if let Some(tree) = tree {
                out = query::members(service, input, &tree);
            }
        }
        Protocol::Json(_) if asked.whole => {
            let value = Json::parse(asked.body).ok();
            out = value.map_or_else(Vec::new, |value| shaped::document(service, input, value));
        }
        Protocol::Cbor if asked.whole => {
            let value = cbor::parse(asked.body);
            out = value.map_or_else(Vec::new, |value| shaped::document(service, input, value));
        }
        Protocol::Json(_) | Protocol::Cbor => {}
        Protocol::RestJson | Protocol::RestXml => {
            out = rest::request_head(service, input, asked);
            if asked.whole && !asked.body.is_empty() {
                let body = Body { service, shape: input, payload: operation.input_payload };
                out.extend(body.beside_head(asked.protocol, asked.body));
            }
        }
    }
    if service.name == "dynamodb" {
        out = dynamo::rewrite(out);
    }
    out
}

/// The elements of an answer, from its head and its body.
fn answer(
    service: &Service,
    operation: &Operation,
    protocol: Protocol,
    answered: &Answered<'_>,
) -> Vec<(String, Json)> {
    let Some(output) = operation.output else { return Vec::new() };
    let mut out = Vec::new();
    let mut payload = operation.output_payload;
    if matches!(protocol, Protocol::RestJson | Protocol::RestXml) {
        out = rest::answer_head(service, output, answered.headers);
    } else {
        payload = Payload::Members;
    }
    if answered.whole && !answered.body.is_empty() {
        let body = Body { service, shape: output, payload };
        out.extend(body.read(protocol, answered.body, operation.result_wrapper));
    }
    if UNWRAPPED.contains(&service.name) { unwrapped(service, output, out) } else { out }
}

/// Services whose records leave out the one structure that an answer is.
const UNWRAPPED: [&str; 5] = ["docdb", "elasticache", "neptune", "rds", "redshift"];

fn unwrapped(
    service: &Service,
    shape: ShapeId,
    members: Vec<(String, Json)>,
) -> Vec<(String, Json)> {
    let is_only = matches!(
        service.shape(shape),
        Shape::Structure { members, .. } if members.len() == 1
    );
    match &members[..] {
        [(_, Json::Map(inside))] if is_only => inside.clone(),
        _ => members,
    }
}

/// What a body is, by the catalog.
struct Body<'a> {
    service: &'a Service,
    shape: ShapeId,
    payload: Payload,
}

impl Body<'_> {
    fn read(&self, protocol: Protocol, bytes: &[u8], wrapper: Option<&str>) -> Vec<(String, Json)> {
        let Self { service, shape, payload } = self;
        let payload = match payload {
            Payload::Members => None,
            Payload::Document => match rest::payload(service, *shape) {
                Some(member) => Some(member),
                None => return Vec::new(),
            },
            Payload::Bytes | Payload::Stream | Payload::Events => return Vec::new(),
        };
        if matches!(protocol, Protocol::RestXml | Protocol::Query | Protocol::Ec2) {
            let Ok(root) = xml::Element::parse(bytes) else { return Vec::new() };
            let root = wrapper.and_then(|name| root.child(name)).unwrap_or(&root);
            return match payload {
                None => markup::members(service, *shape, root),
                Some(member) => markup::member(service, member, root).into_iter().collect(),
            };
        }
        let value = match protocol {
            Protocol::Cbor => cbor::parse(bytes),
            _ => Json::parse(bytes).ok(),
        };
        match (payload, value) {
            (None, Some(value)) => shaped::document(service, *shape, value),
            (Some(member), Some(value)) => {
                shaped::member(service, member, value).into_iter().collect()
            }
            (_, None) => Vec::new(),
        }
    }

    /// Reads a body of a REST call: what stands in there under the name of a member of the head
    /// is not that member.
    fn beside_head(&self, protocol: Protocol, bytes: &[u8]) -> Vec<(String, Json)> {
        let mut members = self.read(protocol, bytes, None);
        members.retain(|(name, _)| !rest::is_of_head(self.service, self.shape, name));
        members
    }
}

/// The parameters of a call that the catalog does not know: what its protocol alone tells.
fn undescribed(asked: &Asked<'_>) -> Vec<(String, Json)> {
    let mut out = match asked.protocol {
        Protocol::RestJson | Protocol::RestXml => rest::undescribed(asked),
        _ => Vec::new(),
    };
    let json = match asked.protocol {
        Protocol::Query | Protocol::Ec2 => {
            let tree = form::Tree::parse(asked.parts.query, asked.body, asked.whole);
            return tree.map_or_else(Vec::new, |tree| query::undescribed(&tree));
        }
        _ if !asked.whole => None,
        Protocol::Json(_) | Protocol::RestJson => Json::parse(asked.body).ok(),
        Protocol::RestXml => xml::Element::parse(asked.body)
            .ok()
            .map(|root| Json::map([(root.local().to_owned(), markup::undescribed(&root))])),
        Protocol::Cbor => cbor::parse(asked.body),
    };
    if let Some(mut json) = json {
        json.lower_camel();
        if let Json::Map(members) = json {
            out.extend(members);
        }
    }
    out
}

/// What is left when secrets are hidden, as the service's records spell that.
fn finished(members: Vec<(String, Json)>, asked: &Asked<'_>, rules: &Rules) -> Option<Json> {
    let mut json = Json::Map(members);
    if too_deep(&json, DEPTH) {
        return None;
    }
    secrets::hide(&mut json, asked);
    rules.apply(&mut json, asked);
    (json != Json::Map(Vec::new())).then_some(json)
}

fn too_deep(json: &Json, left: usize) -> bool {
    match json {
        Json::List(elements) => {
            left == 0 || elements.iter().any(|element| too_deep(element, left - 1))
        }
        Json::Map(members) => {
            left == 0 || members.iter().any(|(_, value)| too_deep(value, left - 1))
        }
        _ => false,
    }
}

/// Whether the model marks what the shape holds as secret.
fn is_secret(shape: &Shape) -> bool {
    match shape {
        Shape::List { sensitive, .. }
        | Shape::Map { sensitive, .. }
        | Shape::Text { sensitive }
        | Shape::Integer { sensitive }
        | Shape::Float { sensitive }
        | Shape::Blob { sensitive }
        | Shape::Document { sensitive } => *sensitive,
        Shape::Structure { .. } | Shape::Boolean | Shape::Timestamp(_) => false,
    }
}

#[cfg(test)]
mod tests;
