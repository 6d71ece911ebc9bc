//! One call: who asks for which operation, from where. Made once by the front door, read by the
//! handler, the recorder and the metrics.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;

use cairn_core::{AccountId, Region, Timestamp};
use cairn_event::Json;
use cairn_wire::aws_json::{self, Version};
use cairn_wire::query::{self, Shape, Xml};
use cairn_wire::{Family, Fault, Protocol};
use http::Response;
use serde::Serialize;

use crate::Caller;

/// The services that Cairn answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    CloudTrail,
    Sts,
    /// Cairn's own operations: search, tail, ingest, identities, workers.
    Cairn,
}

impl Service {
    /// What records name as `eventSource`.
    pub fn event_source(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail.amazonaws.com",
            Self::Sts => "sts.amazonaws.com",
            Self::Cairn => "cairn.amazonaws.com",
        }
    }

    /// The service of a SigV4 credential scope; `None` for a service that Cairn does not serve.
    pub fn from_signing_name(name: &str) -> Option<Self> {
        match name {
            "cloudtrail" => Some(Self::CloudTrail),
            "sts" => Some(Self::Sts),
            "cairn" => Some(Self::Cairn),
            _ => None,
        }
    }

    pub fn signing_name(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::Sts => "sts",
            Self::Cairn => "cairn",
        }
    }
}

/// One call of one operation.
#[derive(Debug, Clone)]
pub struct Call {
    pub service: Service,
    pub operation: String,
    pub protocol: Protocol,
    pub caller: Caller,
    pub region: Region,
    pub request_id: String,
    pub received: Timestamp,
    pub source_ip: IpAddr,
    pub user_agent: Option<String>,
    pub tls: Option<Tls>,
    /// The request's body for JSON operations, its form for query operations.
    pub body: Bytes,
    /// The query string of the request line, for query operations sent with GET.
    pub query: Option<String>,
}

impl Call {
    /// A fault's code as the call's protocol spells it, which is what the record shows.
    pub(crate) fn error_code<'a>(&self, fault: &'a Fault) -> Cow<'a, str> {
        Family::from(self.protocol).code(fault)
    }
}

/// What the record shows as `tlsDetails`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    pub version: &'static str,
    pub cipher_suite: String,
    pub host: Option<String>,
}

/// A handler's success: the answer, and what the record says beyond the call itself.
#[derive(Debug)]
pub struct Done {
    pub response: Response<Bytes>,
    pub trace: Trace,
}

impl Done {
    /// An answer in the JSON protocol of the call.
    pub fn json(call: &Call, output: &impl Serialize, trace: Trace) -> Self {
        let version = match call.protocol {
            Protocol::Json(version) => version,
            _ => Version::V1_1,
        };
        Self { response: aws_json::response(version, &call.request_id, output), trace }
    }

    /// An answer in the query protocol; `result` writes what stands inside the result element.
    pub fn xml(call: &Call, namespace: &str, trace: Trace, result: impl FnOnce(&mut Xml)) -> Self {
        let shape = Shape { namespace, action: &call.operation };
        Self { response: query::response(shape, &call.request_id, result), trace }
    }
}

/// How a call appears in the record.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// `eventSource`; the service's own where `None`.
    pub source: Option<&'static str>,
    /// `awsRegion`; the signed one where `None`.
    pub region: Option<Region>,
    pub request_parameters: Option<Json>,
    pub response_elements: Option<Json>,
    pub resources: Vec<TraceResource>,
    /// Another account that the call concerns: it gets a record of its own, with the caller shown
    /// as a principal of a foreign account and the same `sharedEventID`.
    pub shared_with: Option<AccountId>,
    pub read_only: bool,
    /// What becomes of the record.
    pub recording: Recording,
}

/// One element of a record's `resources`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceResource {
    pub account: AccountId,
    pub kind: &'static str,
    pub arn: String,
}

/// Who writes the record of a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recording {
    /// The front door, before the answer leaves.
    #[default]
    FrontDoor,
    /// The handler already has: the record was committed together with the effect.
    Written,
    /// Nobody: the call is no API call in CloudTrail's sense (the next page of a live tail).
    Skipped,
}
