//! From a verified request to one call.

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_gateway::{Call, Caller, Regions, Service, Tls};
use cairn_wire::sigv4::Presented;
use cairn_wire::{Fault, Parts, Protocol, Route};
use http::header::{HOST, USER_AGENT};
use http::request::Parts as Head;

use super::peer::{Peer, Seen};

/// The longest name of an operation; no AWS service has one of half this length.
const NAME_BYTES: usize = 128;

/// A request whose signature was verified.
pub(super) struct Verified<'a> {
    pub(super) head: &'a Head,
    pub(super) presented: &'a Presented<'a>,
    pub(super) caller: Caller,
    pub(super) body: Bytes,
    pub(super) peer: Peer,
    pub(super) received: Timestamp,
}

/// What the request asks for.
///
/// # Errors
/// A service that Cairn does not serve, no operation or none that could be one, a Region that is
/// not served.
pub(super) fn recognise(
    verified: Verified<'_>,
    regions: &Regions,
    seen: &mut Seen,
) -> Result<Call, Fault> {
    let Verified { head, presented, caller, body, peer, received } = verified;
    let scope = presented.scope();
    let service = Service::from_signing_name(&scope.service).ok_or_else(|| {
        let text = format!(
            "Cairn does not serve {}: it serves cloudtrail, sts, s3, kms, sns and sqs, and its own \
             cairn; name an upstream for others",
            scope.service
        );
        Fault::client("UnknownOperationException", text)
    })?;
    seen.service = service.signing_name();
    let parts = Parts::of(head);
    let Route { protocol, operation, .. } = cairn_wire::recognise(&parts, &body)
        .filter(|route| belongs(route, service))
        .ok_or_else(|| {
            let text = "the request names no operation of the service it is signed for: send \
                        X-Amz-Target, or Action for sts";
            Fault::client("UnknownOperationException", text)
        })?;
    if known(service, &operation) {
        operation.as_ref().clone_into(&mut seen.operation);
    }
    let region = regions.find(&scope.region).ok_or_else(|| {
        let text = "Credential should be scoped to a valid region.";
        Fault::client("InvalidSignatureException", text)
    })?;
    let text = |name| parts.header(name).map(str::to_owned);
    let tls = |(version, cipher_suite)| Tls { version, cipher_suite, host: text(&HOST) };
    let operation = operation.into_owned();
    Ok(Call {
        service,
        operation,
        protocol,
        region,
        caller,
        request_id: seen.request_id.clone(),
        received,
        source_ip: peer.ip,
        user_agent: text(&USER_AGENT),
        tls: peer.tls.map(tls),
        body,
        query: head.uri.query().map(str::to_owned),
    })
}

/// Whether the route can be one of the service's: its protocol, its target, a name of letters.
fn belongs(route: &Route<'_>, service: Service) -> bool {
    let prefix = match service {
        Service::CloudTrail => Some("CloudTrail_20131101"),
        Service::Cairn => Some("Cairn_20261121"),
        Service::Sts => None,
    };
    let query = route.protocol == Protocol::Query;
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    route.service_prefix == prefix
        && query == (service == Service::Sts)
        && (1..=NAME_BYTES).contains(&route.operation.len())
        && route.operation.bytes().all(letters)
}

/// Whether an operation may stand in a metric's label.
fn known(service: Service, operation: &str) -> bool {
    match service {
        Service::CloudTrail => cairn_control::knows(operation),
        Service::Sts => cairn_neighbours::sts::serves(operation),
        Service::Cairn => {
            cairn_neighbours::identities::serves(operation)
                || cairn_control::native::serves(operation)
        }
    }
}
