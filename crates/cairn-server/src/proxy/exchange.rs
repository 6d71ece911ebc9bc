//! The way of a forwarded call, top to bottom:
//!
//! recognise · find the upstream · authenticate · authorise · intend · forward · record · answer

use bytes::Bytes;
use cairn_gateway::recognise::{Recognised, Scope, recognise};
use cairn_gateway::render::Answered;
use cairn_gateway::{Claimed, Keeping};
use cairn_wire::{Family, Fault, Parts, fault_response};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use http::request::Parts as Head;
use http::uri::PathAndQuery;
use http::{Request, Response, Version};
use hyper::body::{Body, Incoming, SizeHint};

use super::admit::{Proven, Who, unsignable};
use super::capture::{Captured, capture};
use super::downlink::Downlink;
use super::entry::Entry;
use super::intake::Intake;
use super::observe::{self, Observed};
use super::send::{Lost, is_repeatable, send};
use super::uplink::{Check, Uplink};
use super::upstream::Upstream;
use super::{Answer, Gateway, outbound};
use crate::http::{Peer, Seen, discard};

/// A request that goes no further, in the words of its client.
struct Refusal {
    family: Family,
    fault: Fault,
}

/// A request on its way.
struct Call<'a> {
    head: &'a Head,
    parts: Parts<'a>,
    found: &'a Recognised<'a>,
    family: Family,
    upstream: &'a Upstream,
    who: Who,
    read_only: bool,
}

/// What the upstream gets.
struct Outgoing {
    request: Request<Uplink>,
    tally: std::sync::Arc<super::uplink::Tally>,
    repeatable: bool,
}

impl Gateway {
    /// Forwards and records one request; answers in the client's own protocol whatever happens.
    pub(crate) async fn answer(
        &self,
        head: &Head,
        body: Incoming,
        peer: Peer,
        seen: &mut Seen,
    ) -> (Response<Answer>, String) {
        let mut intake = Intake::unread(body);
        match self.exchange(head, &mut intake, peer, seen).await {
            Ok(response) => (response, "OK".to_owned()),
            Err(Refusal { family, fault }) => {
                if let Some(body) = intake.rest.filter(|_| fault.status != 408) {
                    discard(body).await;
                }
                let (operation, request) = (&seen.operation, &seen.request_id);
                let code = family.code(&fault).into_owned();
                match &fault.internal {
                    Some(error) => tracing::error!(%request, %operation, %code, error, "failed"),
                    None => tracing::debug!(%request, %operation, %code, "refused"),
                }
                let response = fault_response(family, &head.method, request, &fault);
                (response.map(Answer::from), code)
            }
        }
    }

    async fn exchange(
        &self,
        head: &Head,
        intake: &mut Intake,
        peer: Peer,
        seen: &mut Seen,
    ) -> Result<Response<Answer>, Refusal> {
        let parts = Parts::of(head);
        let claimed = Claimed::of(&parts);
        let read = self.begin(&parts, intake).await;
        let prefix = intake.joined();
        let scope = Scope {
            service: claimed.as_ref().and_then(Claimed::service),
            region: claimed.as_ref().and_then(Claimed::region),
        };
        let found = recognise(&parts, scope, &prefix, &self.settings.domains);
        let family = family(&found);
        let refuse = |fault| Refusal { family, fault };
        read.map_err(refuse)?;
        seen.of(&found);
        let upstream = self.find(&found).map_err(refuse)?;
        let who = self.who(upstream, &parts, claimed.as_ref(), intake).await;
        let who = who.map_err(refuse)?;
        let read_only = observe::is_read_only(&found);
        let keeping = self.settings.policy.keeping(observe::subject(&found));
        let body = (intake.joined(), intake.is_whole());
        let observed = Observed::new(parts, &found, &self.rules, &self.home, body);
        let mut entry = (keeping != Keeping::Off).then(|| {
            Entry::new(&self.book, keeping, observed.facts(&who, &peer, &seen.request_id))
        });
        let call = Call { head, parts, found: &found, family, upstream, who, read_only };
        let outgoing = self.prepare(&call, intake);
        let allowed = self.authorise(upstream, &call.who, read_only).and(outgoing);
        let outgoing = match allowed {
            Ok(outgoing) => outgoing,
            Err(fault) => return Err(denied(entry, family, fault).await),
        };
        if !read_only {
            let intended = match &mut entry {
                Some(entry) => entry.intend().await,
                None => Ok(()),
            };
            if let Err(fault) = intended {
                entry.map(Entry::forget);
                return Err(refuse(fault));
            }
        }
        self.forward(&call, &observed, outgoing, entry).await
    }

    /// Reads as much of the body as recognising and rendering need. What streams is not read.
    async fn begin(&self, parts: &Parts<'_>, intake: &mut Intake) -> Result<(), Fault> {
        let limit = self.settings.capture;
        let small = intake.size.exact().is_some_and(|size| size <= limit as u64);
        let essence = parts.header(&CONTENT_TYPE).unwrap_or_default();
        let form = essence.starts_with("application/x-www-form-urlencoded");
        let json = essence.starts_with("application/x-amz-json");
        if intake.is_whole() || !(small || form || json) {
            return Ok(());
        }
        intake.read(limit, &self.budget, self.body_timeout).await
    }

    fn find(&self, found: &Recognised<'_>) -> Result<&Upstream, Fault> {
        let mut names: Vec<&str> = Vec::with_capacity(3);
        names.extend(found.signing_name.as_deref());
        if let Some(service) = found.service {
            names.extend([service.name, service.signing_name]);
        }
        self.upstream(&names).map(|upstream| &**upstream).ok_or_else(|| {
            let text = format!(
                "no upstream is configured for {}: start Cairn with --upstream {}=URL or \
                 --upstream '*=URL'",
                names.first().unwrap_or(&"this service"),
                names.first().unwrap_or(&"SERVICE")
            );
            Fault::client("UnknownOperationException", text)
        })
    }

    /// The request as the upstream gets it: the same but for the signature, where that is made
    /// anew.
    fn prepare(&self, call: &Call<'_>, intake: &mut Intake) -> Result<Outgoing, Fault> {
        let mut headers = call.head.headers.clone();
        outbound::strip(&mut headers);
        let url = &call.upstream.settings.url;
        let mut line = call.head.uri.path_and_query().cloned();
        let mut check = Check::None;
        if let Some(proven) = &call.who.proven {
            match self.resign(call, proven, &headers)? {
                None => check = proven.check(intake.is_whole(), None)?,
                Some(signed) => {
                    check = proven.check(intake.is_whole(), Some((&signed.key, signed.seed)))?;
                    headers = signed.headers;
                    line = Some(signed.line);
                }
            }
        }
        // Signatures do not cover these.
        let bodiless = intake.is_whole() && intake.size.exact() == Some(0);
        let size = match (intake.is_whole(), intake.size.exact()) {
            (false, None) => SizeHint::default(),
            (_, Some(size)) => SizeHint::with_exact(size),
            (true, None) => SizeHint::with_exact(intake.joined().len() as u64),
        };
        if let (Some(size), true) = (size.exact(), headers.contains_key(CONTENT_LENGTH)) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
        }
        if size.exact().is_some() {
            outbound::strip_trailer(&mut headers);
        }
        let pieces = std::mem::take(&mut intake.pieces);
        let (uplink, tally) = Uplink::new(pieces, intake.rest.take(), size, check);
        let address = outbound::address(url, line.as_ref());
        let address = address.ok_or_else(|| Fault::internal("an address that is none"))?;
        let mut request = Request::new(uplink);
        *request.method_mut() = call.head.method.clone();
        *request.uri_mut() = address;
        *request.version_mut() = Version::HTTP_11;
        *request.headers_mut() = headers;
        *request.extensions_mut() = call.head.extensions.clone();
        let repeatable = is_repeatable(&call.head.method, bodiless, call.read_only);
        Ok(Outgoing { request, tally, repeatable })
    }

    /// The head signed with the upstream's credentials; `None` where signatures pass untouched.
    fn resign(
        &self,
        call: &Call<'_>,
        proven: &Proven,
        headers: &HeaderMap,
    ) -> Result<Option<Resigned>, Fault> {
        let settings = &call.upstream.settings;
        if !call.upstream.resigns() {
            return Ok(None);
        }
        let Some(scope) = call.found.scope() else {
            return Err(Fault::access_denied("the request is signed for no service"));
        };
        let mut headers = headers.clone();
        let host = HeaderValue::from_str(&settings.url.authority);
        headers.insert(HOST, host.map_err(|_| Fault::internal("a host that is no header"))?);
        // A bucket that was named by the host is named by the path: the host is another one now.
        let path = match call.found.bucket.as_deref() {
            Some(bucket) => format!("/{bucket}{}", call.parts.path).into(),
            None => std::borrow::Cow::Borrowed(call.parts.path),
        };
        let line = match proven.query.as_deref() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_string(),
        };
        let line: PathAndQuery =
            line.parse().map_err(|_| Fault::validation("the path cannot be forwarded"))?;
        let parts = Parts {
            method: call.parts.method,
            path: line.path(),
            query: line.query(),
            headers: &headers,
        };
        let signed = call.upstream.sign(&parts, proven.claim, scope, self.clock.now());
        let Some(signed) = signed else { return Ok(None) };
        let (signed, key) = signed.map_err(unsignable)?;
        Ok(Some(Resigned { headers: signed.headers, seed: signed.seed, key, line }))
    }

    async fn forward(
        &self,
        call: &Call<'_>,
        observed: &Observed<'_>,
        outgoing: Outgoing,
        entry: Option<Entry>,
    ) -> Result<Response<Answer>, Refusal> {
        let Outgoing { request, tally, repeatable } = outgoing;
        match send(call.upstream, request, &tally, repeatable).await {
            Ok(response) => {
                let (mut head, body) = response.into_parts();
                outbound::strip(&mut head.headers);
                let Some(entry) = entry else {
                    return Ok(Response::from_parts(head, Answer::Plain(body)));
                };
                let response = Response::from_parts(head, body);
                self.conclude(call, observed, response, entry, tally.bytes()).await
            }
            Err(Lost::Before(fault)) => Err(denied(entry, call.family, fault).await),
            Err(Lost::Unknown(fault)) => {
                match entry {
                    Some(entry) if !call.read_only => entry.abandon(&fault.message),
                    entry => return Err(denied(entry, call.family, fault).await),
                }
                Err(Refusal { family: call.family, fault })
            }
        }
    }

    /// Records how the call ended, and lets the answer go.
    async fn conclude(
        &self,
        call: &Call<'_>,
        observed: &Observed<'_>,
        response: Response<Incoming>,
        mut entry: Entry,
        bytes_in: u64,
    ) -> Result<Response<Answer>, Refusal> {
        let refuse = |fault| Refusal { family: call.family, fault };
        let (head, body) = response.into_parts();
        let (size, streams) = (body.size_hint(), streams(call.found, &head.headers, &body));
        let captured = match streams {
            true => Captured::Part(Default::default(), body),
            false => capture(body, self.settings.capture).await,
        };
        let (part, whole) = match &captured {
            Captured::Whole(bytes) => (bytes.clone(), true),
            Captured::Part(..) | Captured::Broken => (Bytes::new(), false),
        };
        let status = head.status.as_u16();
        let answered = Answered { status, headers: &head.headers, body: &part, whole };
        let traffic = (bytes_in, part.len() as u64);
        entry.amend(|facts| {
            observed.answered(facts, &answered, traffic);
            observe::learn(&self.holders, facts, self.clock.now());
        });
        match captured {
            Captured::Whole(bytes) => {
                entry.settle().await.map_err(refuse)?;
                Ok(Response::from_parts(head, Answer::from(bytes)))
            }
            Captured::Part(_, body) if streams => {
                entry.settle().await.map_err(refuse)?;
                Ok(Response::from_parts(head, Answer::Plain(body)))
            }
            Captured::Part(pieces, body) => {
                // What follows is worth as much as an effect: it is on record before it leaves.
                entry.intend().await.map_err(refuse)?;
                let body = Downlink::new(pieces, body, size, entry);
                Ok(Response::from_parts(head, Answer::Stream(Box::new(body))))
            }
            Captured::Broken => {
                let name = &call.upstream.settings.name;
                let text = format!("the upstream {name} broke off its answer");
                entry.settle().await.map_err(refuse)?;
                Err(refuse(Fault::unavailable(text).with_status(502)))
            }
        }
    }
}

struct Resigned {
    headers: HeaderMap,
    seed: cairn_wire::sigv4::Seed,
    key: cairn_wire::sigv4::SigningKey,
    line: PathAndQuery,
}

/// Records a call that was refused, and gives what to answer.
async fn denied(entry: Option<Entry>, family: Family, fault: Fault) -> Refusal {
    if let Some(mut entry) = entry {
        entry.amend(|facts| observe::refused(facts, family, &fault));
        if let Err(unrecorded) = entry.settle().await {
            return Refusal { family, fault: unrecorded };
        }
    }
    Refusal { family, fault }
}

/// How the client reads faults.
fn family(found: &Recognised<'_>) -> Family {
    match found.service {
        Some(service) if service.name == "s3" => Family::S3,
        _ => found.protocol.into(),
    }
}

/// Whether an answer has to pass as it comes: holding any of it back would hold up who reads it.
fn streams(found: &Recognised<'_>, headers: &HeaderMap, body: &Incoming) -> bool {
    use cairn_catalog::Payload;
    let events = headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"application/vnd.amazon.eventstream")
            || kind.starts_with(b"text/event-stream")
    });
    let open = body.size_hint().exact().is_none();
    let payload = found.operation.map(|operation| operation.output_payload);
    events || (open && matches!(payload, Some(Payload::Events | Payload::Stream)))
}
