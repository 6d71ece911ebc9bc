//! The front door: what happens to every request, top to bottom.
//!
//! limit · authenticate · recognise · authorise and handle · record · answer

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{Clock, Entropy, event_id, limits};
use cairn_gateway::{
    Authenticator, Call, Claimed, Done, Recorder, Recording, Regions, Service, Trace,
};
use cairn_neighbours::identities;
use cairn_wire::aws_json::{self, Version};
use cairn_wire::sigv4::Presented;
use cairn_wire::{Fault, Parts, query};
use http::header::{HeaderValue, TRANSFER_ENCODING};
use http::request::Parts as Head;
use http::{Method, Request, Response};
use hyper::body::Incoming;

use super::body::{self, Memory, Pool, Whole};
use super::ingest::{self, Door};
use super::peer::{Peer, Seen};
use super::recognise::{Verified, recognise};
use super::status::Status;
use super::tables::{Sent, Tables};
use crate::config::Http;
use crate::metrics::Metrics;
use crate::proxy::{Answer, Gateway, name_host};

/// Everything that answering a request needs. One for the whole server.
pub(crate) struct Front {
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) gateway: Gateway,
    pub(crate) recorder: Recorder,
    pub(crate) control: Arc<cairn_control::Services>,
    pub(crate) neighbours: Arc<cairn_neighbours::Services>,
    pub(crate) status: Status,
    pub(crate) tables: Tables,
    pub(crate) metrics: Metrics,
    pub(crate) memory: Memory,
    pub(crate) regions: Regions,
    pub(crate) settings: Http,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl Front {
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: Peer) -> Response<Answer> {
        let began = self.clock.elapsed();
        let (mut head, mut body) = request.into_parts();
        name_host(&mut head);
        let claimed = Claimed::of(&Parts::of(&head));
        // A signed request for a page's path is for a bucket of that name.
        if claimed.is_none()
            && let Some(page) = self.status.answer(&head, &self.metrics)
        {
            return page.map(Answer::from);
        }
        let request_id = event_id(&*self.entropy);
        let mut seen = Seen { request_id, service: "unknown", operation: "other".to_owned() };
        let refuses = self.gateway.is_inside("s3");
        if let Some(door) = self.tables.door(&head, claimed.as_ref(), refuses) {
            let timeout = self.settings.body_timeout;
            let sent = Sent { body: &mut body, memory: &self.memory, timeout };
            let response = self.tables.answer(door, &head, sent, &peer, &mut seen).await;
            let took = self.clock.elapsed().saturating_sub(began);
            let status = response.status();
            let code = if status.is_success() { "OK" } else { status.as_str() };
            self.metrics.request(seen.service, &seen.operation, code, took);
            return response;
        }
        if self.is_foreign(&head, claimed.as_ref()) {
            let (response, code) = self.gateway.answer(&head, body, peer, &mut seen).await;
            let took = self.clock.elapsed().saturating_sub(began);
            self.metrics.request(seen.service, &seen.operation, &code, took);
            return response;
        }
        let answered = self.serve(&head, &mut body, peer, &mut seen).await;
        if answered.as_ref().is_err_and(|fault| fault.status != 408) {
            body::discard(body).await;
        }
        let took = self.clock.elapsed().saturating_sub(began);
        let code = answered.as_ref().map_or_else(|fault| &*fault.code, |_| "OK");
        self.metrics.request(seen.service, &seen.operation, code, took);
        let response = answered.unwrap_or_else(|fault| refuse(&head, &seen, &fault));
        response.map(Answer::from)
    }

    /// Whether the request is for somebody else. What is signed for one of Cairn's own services
    /// stays, except for STS where an upstream is named for it.
    fn is_foreign(&self, head: &Head, claimed: Option<&Claimed<'_>>) -> bool {
        let service = claimed.and_then(Claimed::service);
        match service.map(|name| (name, Service::from_signing_name(name))) {
            Some((_, Some(Service::Sts))) => self.gateway.is_named("sts"),
            Some((_, Some(_))) => false,
            Some((name, None)) => self.gateway.answers(name),
            None if is_link(head) => self.gateway.answers("sns"),
            None if !self.gateway.is_open() => false,
            None => {
                let target = head.headers.get("x-amz-target").map(HeaderValue::as_bytes);
                let own = |prefix: &[u8]| target.is_some_and(|target| target.starts_with(prefix));
                !ingest::is(head) && !own(b"CloudTrail_") && !own(b"Cairn_")
            }
        }
    }

    async fn serve(
        &self,
        head: &Head,
        body: &mut Incoming,
        peer: Peer,
        seen: &mut Seen,
    ) -> Result<Response<Bytes>, Fault> {
        if head.headers.contains_key(TRANSFER_ENCODING) {
            let text = "send the body with a Content-Length, not with Transfer-Encoding";
            return Err(Fault::client("InvalidArgument", text));
        }
        let presented = Presented::parse(&Parts::of(head))?;
        let body = self.body(head, &presented, body).await?;
        let payload = ingest::payload(&body.bytes).await;
        let caller = self.authenticator.verify(&presented, payload)?;
        if ingest::is(head) {
            let bytes = body.bytes.clone();
            let door = Door { services: &self.control, metrics: &self.metrics };
            return door.answer(head, &presented, &caller, bytes, seen).await;
        }
        let verified = Verified {
            head,
            presented: &presented,
            caller,
            body: body.bytes.clone(),
            peer,
            received: self.clock.now(),
        };
        let call = recognise(verified, &self.regions, seen)?;
        if call.service == Service::Cairn && identities::changes(&call.operation) {
            self.authenticator.refuse_replay(&presented)?;
        }
        let handled = self.handle(&call).await;
        self.record(&call, handled).await
    }

    /// The body, held in the pool of those who sent it.
    async fn body(
        &self,
        head: &Head,
        presented: &Presented<'_>,
        body: &mut Incoming,
    ) -> Result<Whole, Fault> {
        let (pool, limit, spare) = if ingest::is(head) {
            (Pool::Ingest, limits::INGEST_BODY_BYTES, ingest::unpacked(head))
        } else {
            (Pool::Api, limits::API_BODY_BYTES, 0)
        };
        let known = self.authenticator.knows(presented);
        let (pool, spare) = if known { (pool, spare) } else { (Pool::Strangers, 0) };
        self.memory.read(body, pool, limit, spare, self.settings.body_timeout).await
    }

    async fn handle(&self, call: &Call) -> Result<Done, Fault> {
        match call.service {
            Service::CloudTrail => cairn_control::answer(&self.control, call).await,
            Service::Sts => cairn_neighbours::sts::answer(&self.neighbours, call).await,
            Service::Cairn if identities::serves(&call.operation) => {
                identities::answer(&self.neighbours, call).await
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
}

/// Whether a request without a signature is a link out of a message of SNS.
pub(crate) fn is_link(head: &Head) -> bool {
    let query = head.uri.query().unwrap_or_default();
    let follows =
        |action: &&str| query.split('&').any(|pair| pair.strip_prefix("Action=") == Some(action));
    head.method == Method::GET
        && head.uri.path() == "/"
        && ["ConfirmSubscription", "Unsubscribe"].iter().any(follows)
}

/// How the record shows a call that failed.
fn failed(call: &Call) -> Trace {
    match call.service {
        Service::CloudTrail => cairn_control::failed(call),
        Service::Sts => cairn_neighbours::sts::failed(call),
        Service::Cairn if identities::serves(&call.operation) => identities::failed(call),
        Service::Cairn => cairn_control::failed(call),
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
    if json || head.uri.path() == ingest::PATH {
        return aws_json::fault_response(version.unwrap_or(Version::V1_1), request, fault);
    }
    query::fault_response(cairn_neighbours::sts::NAMESPACE, request, fault)
}
