//! From a request to one operation.
//!
//! NOTE to the helper: this skeleton is from the lead; the proxy (cairn-server/src/proxy) is
//! written against it. Keep these names, fill it in, remove this note.

use std::borrow::Cow;

use cairn_catalog::{Label, Operation, Service};
use cairn_wire::{Parts, Protocol};

/// What the signature says the request is for; both `None` without a signature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    pub region: Option<&'a str>,
    pub service: Option<&'a str>,
}

/// What a request asks for, as far as it can be told.
#[derive(Debug, Clone)]
pub struct Recognised<'a> {
    pub service: Option<&'static Service>,
    pub operation: Option<&'static Operation>,
    /// How the client speaks, which faults are told in.
    pub protocol: Protocol,
    /// From the scope, else from the host.
    pub region: Option<Cow<'a, str>>,
    pub labels: Vec<Label<'a>>,
    /// The bucket that the host names.
    pub bucket: Option<Cow<'a, str>>,
    /// The operation as the request names it, where the catalog does not know it: bounded, letters,
    /// digits and a few marks.
    pub named: Option<Cow<'a, str>>,
    /// The service as the request names it: what it is signed for, else from host or target.
    pub signing_name: Option<Cow<'a, str>>,
}

/// `body` is as much of the body as there is; `domains` are names under which a label before them
/// is a bucket of S3.
pub fn recognise<'a>(
    parts: &Parts<'a>,
    scope: Scope<'a>,
    body: &'a [u8],
    domains: &[String],
) -> Recognised<'a> {
    let _ = (parts, body, domains);
    Recognised {
        service: None,
        operation: None,
        protocol: Protocol::RestXml,
        region: scope.region.map(Cow::Borrowed),
        labels: Vec::new(),
        bucket: None,
        named: None,
        signing_name: scope.service.map(Cow::Borrowed),
    }
}

impl Recognised<'_> {
    /// Region and service to sign for; `None` where nothing is known of the service.
    pub fn scope(&self) -> Option<(&str, &str)> {
        Some((self.region.as_deref()?, self.signing_name.as_deref()?))
    }
}
