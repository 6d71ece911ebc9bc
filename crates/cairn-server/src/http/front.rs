//! The front door: what happens to every request, top to bottom.
//!
//! limit · authenticate · recognise · authorise and handle · record · answer

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use cairn_control::Owner;
use cairn_core::{Clock, Entropy, event_id, limits};
use cairn_gateway::{Authenticator, Call, Caller, Done, Recorder, Recording, Service, Tls, Trace};
use cairn_wire::aws_json::{self, Version};
use cairn_wire::sigv4::{AuthError, Presented};
use cairn_wire::{Fault, Parts, Protocol, query};
use http::header::{CONTENT_ENCODING, HOST, USER_AGENT};
use http::request::Parts as Head;
use http::{Method, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;

use super::body::{self, Memory};
use super::status::Status;
use crate::config::Http;
use crate::metrics::Metrics;

/// The path of the ingest door.
const INGEST: &str = "/ingest";

/// Where a request comes from.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) ip: IpAddr,
    /// Protocol version and cipher suite.
    pub(crate) tls: Option<(&'static str, String)>,
}

/// Everything that answering a request needs. One for the whole server.
pub(crate) struct Front {
    pub(crate) authenticator: Authenticator,
    pub(crate) recorder: Recorder,
    pub(crate) control: Arc<cairn_control::Services>,
    pub(crate) neighbours: Arc<cairn_neighbours::Services>,
    pub(crate) status: Status,
    pub(crate) metrics: Metrics,
    pub(crate) memory: Memory,
    pub(crate) settings: Http,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// What a request turned out to be, for logs and metrics.
struct Seen {
    request_id: String,
    service: &'static str,
    operation: String,
}

impl Front {
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> Response<Full<Bytes>> {
        let began = self.clock.elapsed();
        let (head, mut body) = request.into_parts();
        if let Some(page) = self.status.answer(&head, &self.metrics) {
            return page.map(Full::new);
        }
        let request_id = event_id(&*self.entropy);
        let mut seen = Seen { request_id, service: "unknown", operation: "other".to_owned() };
        let answered = self.serve(&head, &mut body, peer, &mut seen).await;
        if answered.as_ref().is_err_and(|fault| fault.status != 408) {
            body::discard(body).await;
        }
        let took = self.clock.elapsed().saturating_sub(began);
        let code = answered.as_ref().map_or_else(|fault| &*fault.code, |_| "OK");
        self.metrics.request(seen.service, &seen.operation, code, took);
        let response = answered.unwrap_or_else(|fault| refuse(&head, &seen, &fault));
        response.map(Full::new)
    }

    async fn serve(
        &self,
        head: &Head,
        body: &mut Incoming,
        peer: Peer,
        seen: &mut Seen,
    ) -> Result<Response<Bytes>, Fault> {
        let parts = Parts::of(head);
        let presented = Presented::parse(&parts)?;
        let ingest = head.uri.path() == INGEST && head.method == Method::POST;
        let limit = if ingest { limits::INGEST_BODY_BYTES } else { limits::API_BODY_BYTES };
        let body = self.memory.read(body, limit, self.settings.body_timeout).await?;
        let caller = self.authenticator.verify(&presented, &body.bytes)?;
        if ingest {
            return self.ingest(head, &presented, &caller, body.bytes.clone(), seen).await;
        }
        let call = self.recognise(head, &presented, caller, body.bytes.clone(), peer, seen)?;
        if call.service == Service::Cairn && cairn_neighbours::identities::changes(&call.operation)
        {
            self.authenticator.refuse_replay(&presented)?;
        }
        let handled = self.handle(&call).await;
        self.record(&call, handled).await
    }

    /// What the request asks for, as one call.
    fn recognise(
        &self,
        head: &Head,
        presented: &Presented<'_>,
        caller: Caller,
        body: Bytes,
        peer: Peer,
        seen: &mut Seen,
    ) -> Result<Call, Fault> {
        let scope = presented.scope();
        let service = Service::from_signing_name(&scope.service).ok_or_else(|| {
            let text = format!(
                "Cairn does not serve {}: it serves cloudtrail and sts, and its own cairn",
                scope.service
            );
            Fault::client("UnknownOperationException", text)
        })?;
        seen.service = service.signing_name();
        let parts = Parts::of(head);
        let route = cairn_wire::recognise(&parts, &body)
            .filter(|route| matches!(route.protocol, Protocol::Query) == (service == Service::Sts))
            .ok_or_else(|| {
                let text = "the request names no operation: send X-Amz-Target, or Action for sts";
                Fault::client("UnknownOperationException", text)
            })?;
        let operation = route.operation.into_owned();
        if known(service, &operation) {
            seen.operation.clone_from(&operation);
        }
        let text = |name| parts.header(name).map(str::to_owned);
        let tls = peer.tls.map(|(version, cipher_suite)| Tls {
            version,
            cipher_suite,
            host: text(&HOST),
        });
        Ok(Call {
            service,
            operation,
            protocol: route.protocol,
            region: scope.region.parse().map_err(|error| Fault::validation(format!("{error}")))?,
            caller,
            request_id: seen.request_id.clone(),
            received: self.clock.now(),
            source_ip: peer.ip,
            user_agent: text(&USER_AGENT),
            tls,
            body,
            query: head.uri.query().map(str::to_owned),
        })
    }

    async fn handle(&self, call: &Call) -> Result<Done, Fault> {
        match call.service {
            Service::CloudTrail => cairn_control::answer(&self.control, call).await,
            Service::Sts => cairn_neighbours::sts::answer(&self.neighbours, call).await,
            Service::Cairn if cairn_neighbours::identities::serves(&call.operation) => {
                cairn_neighbours::identities::answer(&self.neighbours, call).await
            }
            Service::Cairn => cairn_control::native::answer(&self.control, call).await,
        }
    }

    /// The record of a call is durable before its answer leaves; what cannot be recorded is not
    /// answered.
    async fn record(
        &self,
        call: &Call,
        handled: Result<Done, Fault>,
    ) -> Result<Response<Bytes>, Fault> {
        match handled {
            Ok(done) => {
                if done.trace.recording == Recording::FrontDoor {
                    self.recorder.record(call, &done.trace, None).await?;
                }
                Ok(done.response)
            }
            Err(fault) => {
                self.recorder.record(call, &failed(call), Some(&fault)).await?;
                Err(fault)
            }
        }
    }

    /// The ingest door: records made elsewhere. They are its own evidence, so the call makes none.
    async fn ingest(
        &self,
        head: &Head,
        presented: &Presented<'_>,
        caller: &Caller,
        body: Bytes,
        seen: &mut Seen,
    ) -> Result<Response<Bytes>, Fault> {
        seen.service = "cairn";
        seen.operation = "Ingest".to_owned();
        if presented.scope().service != "cairn" {
            return Err(AuthError::SignatureMismatch.into());
        }
        let owner = match head.uri.query() {
            None | Some("" | "account=caller") => Owner::Caller,
            Some("account=record") => Owner::Record,
            Some(other) => {
                let text = format!("unknown parameters {other:?}: use account=record, or none");
                return Err(Fault::validation(text));
            }
        };
        let encoding = Parts::of(head).header(&CONTENT_ENCODING);
        let body = body::decode(body, encoding, limits::INGEST_BODY_BYTES)?;
        let ingested = cairn_control::ingest(&self.control, caller, owner, body).await?;
        self.metrics.ingested("stored", ingested.stored);
        self.metrics.ingested("duplicate", ingested.duplicates);
        self.metrics.ingested("quarantined", ingested.quarantined);
        self.metrics.ingested("conflict", ingested.conflicts.len() as u64);
        Ok(aws_json::response(Version::V1_1, &seen.request_id, &ingested))
    }
}

/// How the record shows a call that failed.
fn failed(call: &Call) -> Trace {
    match call.service {
        Service::CloudTrail => cairn_control::failed(call),
        Service::Sts => cairn_neighbours::sts::failed(call),
        Service::Cairn if cairn_neighbours::identities::serves(&call.operation) => {
            cairn_neighbours::identities::failed(call)
        }
        Service::Cairn => cairn_control::failed(call),
    }
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

/// The fault in the protocol that the client speaks, as far as its head tells.
fn refuse(head: &Head, seen: &Seen, fault: &Fault) -> Response<Bytes> {
    let (request, operation, code) = (&seen.request_id, &seen.operation, &fault.code);
    match &fault.internal {
        Some(error) => tracing::error!(%request, %operation, %code, error, "failed"),
        None => tracing::debug!(%request, %operation, %code, message = fault.message, "refused"),
    }
    let version = Version::of(&head.headers);
    let json = version.is_some() || head.headers.contains_key("x-amz-target");
    if json || head.uri.path() == INGEST {
        return aws_json::fault_response(version.unwrap_or(Version::V1_1), request, fault);
    }
    query::fault_response(cairn_neighbours::sts::NAMESPACE, request, fault)
}
