//! What the record of a forwarded call says: first of the request, then of how it ended.

use std::borrow::Cow;

use bytes::Bytes;
use cairn_core::{AccountId, Region};
use cairn_event::selector::Prospect;
use cairn_event::{Category, EventType, Json};
use cairn_gateway::recognise::Recognised;
use cairn_gateway::render::{self, Answered, Asked, Place, Rules, Traffic, additional_event_data};
use cairn_gateway::{Answer, Facts, Holders, Subject, Tls};
use cairn_wire::{Fault, Parts};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, HOST, USER_AGENT};

use super::admit::Who;
use crate::http::{Peer, decoded};

/// The most that a compressed body is unpacked to.
const UNPACKED_BYTES: usize = 1024 * 1024;
/// What a record names where nothing is known.
const UNKNOWN: &str = "unknown";
/// Headers in which services name a request.
const REQUEST_IDS: [&str; 3] = ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"];

/// A request that was recognised.
pub(super) struct Observed<'a> {
    pub(super) parts: Parts<'a>,
    pub(super) found: &'a Recognised<'a>,
    pub(super) rules: &'a Rules,
    pub(super) region: String,
    /// The beginning of the body, unpacked, and whether it has its end.
    pub(super) body: Bytes,
    pub(super) whole: bool,
}

impl<'a> Observed<'a> {
    pub(super) fn new(
        parts: Parts<'a>,
        found: &'a Recognised<'a>,
        rules: &'a Rules,
        home: &Region,
        (body, whole): (Bytes, bool),
    ) -> Self {
        let (body, whole) = unpacked(parts.headers, body, whole);
        Self { parts, found, rules, region: region(found, home), body, whole }
    }

    fn asked(&self) -> Asked<'_> {
        let found = self.found;
        Asked {
            service: found.service,
            operation: found.operation,
            protocol: found.protocol,
            parts: self.parts,
            labels: &found.labels,
            bucket: found.bucket.as_deref(),
            host: self.parts.header(&HOST),
            body: &self.body,
            whole: self.whole,
        }
    }

    /// What is known before the call is forwarded.
    pub(super) fn facts(&self, who: &Who, peer: &Peer, request_id: &str) -> Facts {
        let found = self.found;
        let text = |name| self.parts.header(name).map(str::to_owned);
        let data = found.operation.and_then(|operation| operation.data);
        let parameters = render::request_parameters(&self.asked(), self.rules);
        let resources = self.resources(who.account, parameters.as_ref(), None);
        let tls = peer.tls.clone();
        Facts {
            account: who.account,
            identity: who.identity.clone(),
            source: source(found),
            name: name(found),
            region: self.region.clone(),
            source_ip: Some(peer.ip),
            user_agent: text(&USER_AGENT),
            tls: tls.map(|(version, cipher_suite)| Tls {
                version,
                cipher_suite,
                host: text(&HOST),
            }),
            request_id: request_id.to_owned(),
            read_only: is_read_only(found),
            event_type: EventType::AwsApiCall,
            category: if data.is_some() { Category::Data } else { Category::Management },
            api_version: found.service.map(|service| service.api_version),
            parameters,
            elements: None,
            additional: None,
            details: None,
            shaped: found.operation.is_some(),
            error: None,
            resources,
        }
    }

    /// Adds what the answer says.
    pub(super) fn answered(
        &self,
        facts: &mut Facts,
        answer: &Answered<'_>,
        (bytes_in, bytes_out): (u64, u64),
    ) {
        let asked = self.asked();
        let held;
        let mut answer = *answer;
        if answer.headers.contains_key(CONTENT_ENCODING) {
            held = unpacked(answer.headers, Bytes::copy_from_slice(answer.body), answer.whole);
            answer = Answered { body: &held.0, whole: held.1, ..answer };
        }
        let answer = &answer;
        if let Some(id) =
            REQUEST_IDS.iter().find_map(|name| answer.headers.get(*name)?.to_str().ok())
        {
            id.clone_into(&mut facts.request_id);
        }
        facts.error = render::failure(&asked, answer).map(|found| (found.code, found.message));
        facts.elements = render::response_elements(&asked, answer, self.rules);
        if facts.elements.is_some() {
            facts.resources =
                self.resources(facts.account, facts.parameters.as_ref(), facts.elements.as_ref());
        }
        let cipher_suite = facts.tls.as_ref().map(|tls| tls.cipher_suite.clone());
        let traffic = Traffic { bytes_in, bytes_out, cipher_suite: cipher_suite.as_deref() };
        facts.additional = additional_event_data(&asked, answer, &traffic);
    }

    /// The records of the objects that one call deleted together: S3 makes one for each.
    pub(super) fn deleted(&self, facts: &Facts, answer: &Answered<'_>) -> Vec<Facts> {
        let operation = self.found.service.and_then(|service| service.operation("DeleteObject"));
        let Some(operation) = operation else { return Vec::new() };
        let place = Place {
            partition: partition(&self.region),
            region: &self.region,
            account: facts.account,
        };
        let each = render::deleted(&self.asked(), answer).into_iter().map(|parameters| Facts {
            name: operation.event_name.into(),
            event_type: EventType::AwsServiceEvent,
            resources: render::resources(operation, &place, Some(&parameters), None),
            parameters: Some(parameters),
            elements: None,
            additional: None,
            ..facts.clone()
        });
        each.collect()
    }

    fn resources(
        &self,
        account: AccountId,
        parameters: Option<&Json>,
        elements: Option<&Json>,
    ) -> Vec<cairn_event::EventResource> {
        let Some(operation) = self.found.operation else { return Vec::new() };
        let place = Place { partition: partition(&self.region), region: &self.region, account };
        render::resources(operation, &place, parameters, elements)
    }
}

/// Learns whose keys the answer hands out.
pub(super) fn learn(holders: &Holders, facts: &Facts, at: cairn_core::Timestamp) {
    holders.learn(Answer {
        source: &facts.source,
        name: &facts.name,
        at,
        caller: &facts.identity,
        parameters: facts.parameters.as_ref(),
        elements: facts.elements.as_ref(),
    });
}

/// How the rules of recording see the call.
pub(super) fn subject<'a>(found: &'a Recognised<'_>) -> Subject<'a> {
    let service =
        found.service.map_or([UNKNOWN; 2], |service| [service.name, service.signing_name]);
    let operation = found.operation;
    Subject {
        service,
        operation: operation.map_or([UNKNOWN; 2], |one| [one.name, one.event_name]),
        data: operation.and_then(|operation| operation.data),
    }
}

/// How trails see a call before it is made; `None` where it is no data event.
pub(super) fn prospect<'a>(found: &'a Recognised<'_>) -> Option<Prospect<'a>> {
    let (service, operation) = (found.service?, found.operation?);
    Some(Prospect {
        kind: operation.data?,
        source: service.event_source,
        name: operation.event_name,
        read_only: Some(operation.read_only),
    })
}

/// `readOnly` of the record: what nobody knows may change anything.
fn is_read_only(found: &Recognised<'_>) -> bool {
    found.operation.is_some_and(|operation| operation.read_only)
}

/// Reads in CloudTrail's sense that do more than tell: they hand out credentials, use keys, take
/// messages or run something.
const MORE_THAN_READS: [(&str, &[&str]); 5] = [
    ("apigateway", &["TestInvokeAuthorizer", "TestInvokeMethod"]),
    (
        "kms",
        &[
            "Decrypt",
            "DeriveSharedSecret",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "ReEncrypt",
            "Sign",
        ],
    ),
    ("sqs", &["ReceiveMessage"]),
    ("stepfunctions", &["TestState"]),
    (
        "sts",
        &[
            "AssumeRole",
            "AssumeRoleWithSAML",
            "AssumeRoleWithWebIdentity",
            "AssumeRoot",
            "GetFederationToken",
            "GetSessionToken",
        ],
    ),
];

/// Whether a call does nothing but read: it needs no intent, and those who may only read may make
/// it.
pub(super) fn only_reads(found: &Recognised<'_>) -> bool {
    let (Some(service), Some(operation)) = (found.service, found.operation) else { return false };
    let more = MORE_THAN_READS.iter().find(|(name, _)| *name == service.name);
    operation.read_only && !more.is_some_and(|(_, names)| names.contains(&operation.name))
}

/// A refusal as the record shows it.
pub(super) fn refused(facts: &mut Facts, family: cairn_wire::Family, fault: &Fault) {
    facts.error = Some((family.code(fault).into_owned(), Some(fault.message.clone())));
}

fn source(found: &Recognised<'_>) -> Cow<'static, str> {
    found.event_source().unwrap_or(UNKNOWN.into())
}

fn name(found: &Recognised<'_>) -> Cow<'static, str> {
    match (found.operation, &found.named) {
        (Some(operation), _) => operation.event_name.into(),
        (None, Some(name)) => name.clone().into_owned().into(),
        (None, None) => UNKNOWN.into(),
    }
}

/// Records of global services carry the Region where their control plane is (contract A.6).
fn region(found: &Recognised<'_>, home: &Region) -> String {
    let named = found.region.as_deref().filter(|name| name.parse::<Region>().is_ok());
    let region = named.unwrap_or(home.as_str());
    if !found.service.is_some_and(|service| service.global) {
        return region.to_owned();
    }
    match partition(region) {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
    .to_owned()
}

fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Undoes `Content-Encoding`; a body that does not unpack counts as cut off.
fn unpacked(headers: &HeaderMap, body: Bytes, whole: bool) -> (Bytes, bool) {
    let Some(encoding) = headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) else {
        return (body, whole);
    };
    let names = encoding.split(',').map(str::trim);
    let mut left = names.filter(|name| !matches!(*name, "" | "identity" | "aws-chunked"));
    match (left.next(), left.next(), whole) {
        (None, _, _) => (body, whole),
        (Some(name), None, true) => match decoded(body, name, UNPACKED_BYTES) {
            Ok(body) => (body, true),
            Err(_) => (Bytes::new(), false),
        },
        _ => (Bytes::new(), false),
    }
}
