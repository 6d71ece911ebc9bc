//! From a request to one operation.
//!
//! The service that a request is signed for binds: a target, an action or a path of another service
//! is not believed. Where a request names two operations, or could mean two of which one writes,
//! none is recognised, and what is not recognised counts as a write.

mod host;
mod rest;
mod rpc;
mod s3;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use cairn_catalog::{Catalog, Label, Operation, Service, ServiceId};
use cairn_wire::aws_json::Version;
use cairn_wire::{Parts, Protocol};
use http::header::HOST;

use host::Host;
pub use rpc::is_form;

/// The longest name of an operation or a service that is passed on; AWS has none of half this
/// length.
const NAME_BYTES: usize = 128;

/// The longest name of a Region that is passed on.
const REGION_BYTES: usize = 32;

/// What the signature says the request is for; both `None` without a signature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    pub region: Option<&'a str>,
    pub service: Option<&'a str>,
}

/// What a request asks for, as far as it can be told.
#[derive(Debug, Clone)]
pub struct Recognised<'a> {
    /// Known as well where the operation is not.
    pub service: Option<&'static Service>,
    pub operation: Option<&'static Operation>,
    /// How the client speaks, which faults are told in.
    pub protocol: Protocol,
    /// From the scope, else from the host.
    pub region: Option<Cow<'a, str>>,
    /// What the path names. A bucket that the host names is not among them.
    pub labels: Vec<Label<'a>>,
    /// The bucket that the host names, in lower case.
    pub bucket: Option<Cow<'a, str>>,
    /// The operation as the request names it, where the catalog does not know it: at most 128
    /// letters, digits and `_`. For REST, what the request does and to what: `PATCH /widgets`,
    /// the method and the first segment of the path where that may be a name (for S3, where it is
    /// a bucket, the method alone).
    pub named: Option<Cow<'a, str>>,
    /// The service as the request names it: what it is signed for, else from host or target.
    pub signing_name: Option<Cow<'a, str>>,
}

/// `body` is as much of the body as there is; `domains` are names under which a label before them
/// is a bucket of S3.
///
/// A REST request that nothing tells the service of is for S3: the one that is asked without a
/// signature.
pub fn recognise<'a>(
    parts: &Parts<'a>,
    scope: Scope<'a>,
    body: &'a [u8],
    domains: &[String],
) -> Recognised<'a> {
    let catalog = Catalog::embedded();
    let host = Host::parse(catalog, parts.header(&HOST).unwrap_or_default(), domains);
    let claimed = scope.service.filter(|name| is_service(name));
    let signs = claimed.or_else(|| host.service.map(|service| catalog.signing_name(service)));
    let candidates = signs.map_or(&[][..], |name| catalog.signed_as(name));
    let asked = Asked { catalog, parts, body, claimed, host: &host, candidates };
    let mut found = rpc::recognise(&asked).unwrap_or_else(|| rest::recognise(&asked));
    found.region = scope.region.filter(|name| is_region(name)).or(host.region).map(Cow::Borrowed);
    if claimed.is_some() {
        found.signing_name = claimed.map(Cow::Borrowed);
    }
    found
}

/// A request, and who may be meant.
#[derive(Clone, Copy)]
struct Asked<'r, 'a> {
    catalog: &'static Catalog,
    parts: &'r Parts<'a>,
    body: &'a [u8],
    /// The service of the signature.
    claimed: Option<&'a str>,
    host: &'r Host<'a>,
    /// The services that sign with its name, or as the host's does; empty where neither is known.
    candidates: &'r [ServiceId],
}

impl Recognised<'_> {
    /// Region and service to sign for; `None` where nothing is known of the service.
    pub fn scope(&self) -> Option<(&str, &str)> {
        Some((self.region.as_deref()?, self.signing_name.as_deref()?))
    }

    /// What the record names as `eventSource`; `None` where nothing is known of the service.
    /// Directory buckets and Outposts are S3 with a source of their own.
    pub fn event_source(&self) -> Option<Cow<'static, str>> {
        match (self.service, self.signing_name.as_deref()) {
            (Some(service), Some(own @ ("s3express" | "s3-outposts"))) if service.name == "s3" => {
                Some(format!("{own}.amazonaws.com").into())
            }
            (Some(service), _) => Some(service.event_source.into()),
            (None, Some(name)) => Some(format!("{name}.amazonaws.com").into()),
            (None, None) => None,
        }
    }

    /// Nothing is known yet but how the client speaks.
    fn speaking(protocol: Protocol) -> Self {
        Self {
            service: None,
            operation: None,
            protocol,
            region: None,
            labels: Vec::new(),
            bucket: None,
            named: None,
            signing_name: None,
        }
    }

    /// Takes the service, and its signing name where the request has none.
    fn of(mut self, service: &'static Service) -> Self {
        self.service = Some(service);
        self.signing_name = Some(Cow::Borrowed(service.signing_name));
        self
    }
}

/// How a service is spoken to, where the request does not show it.
fn usual(service: &Service) -> Protocol {
    match service.protocol {
        cairn_catalog::Protocol::Json => Protocol::Json(Version::V1_1),
        cairn_catalog::Protocol::Cbor => Protocol::Cbor,
        cairn_catalog::Protocol::Query => Protocol::Query,
        cairn_catalog::Protocol::Ec2 => Protocol::Ec2,
        cairn_catalog::Protocol::RestJson => Protocol::RestJson,
        cairn_catalog::Protocol::RestXml => Protocol::RestXml,
    }
}

/// Whether a text may be an operation's name.
fn is_operation(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(letters)
}

fn is_service(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(letters)
}

fn is_region(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=REGION_BYTES).contains(&name.len()) && name.bytes().all(letters)
}
