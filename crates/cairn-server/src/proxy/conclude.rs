//! How a call ends: what its answer says goes on record, then the answer goes to the client.

use std::collections::VecDeque;

use bytes::Bytes;
use cairn_catalog::Payload;
use cairn_gateway::Late;
use cairn_gateway::recognise::Recognised;
use cairn_gateway::render::Answered;
use cairn_wire::Fault;
use http::Response;
use http::header::{CONTENT_TYPE, HeaderMap};
use hyper::body::Body;

use super::capture::{Captured, capture};
use super::downlink::Downlink;
use super::entry::Entry;
use super::exchange::{Call, Refusal};
use super::observe::{self, Observed};
use super::pool::Answering;
use super::{Answer, Gateway};

impl Gateway {
    /// Records how the call ended, and lets the answer go.
    pub(super) async fn conclude(
        &self,
        call: &Call<'_>,
        observed: &Observed<'_>,
        response: Response<Answering>,
        mut entry: Entry,
        bytes_in: u64,
    ) -> Result<Response<Answer>, Refusal> {
        let refuse = |fault| Refusal { family: call.family, fault };
        let (head, body) = response.into_parts();
        let (size, streams) = (body.size_hint(), streams(call.found, &head.headers, &body));
        let captured = if streams {
            Captured::Part(VecDeque::new(), body)
        } else {
            {
                let timeout = call.upstream.settings.answer_timeout;
                capture(body, self.settings.capture, call.read_only, timeout).await
            }
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
            if call.named {
                observe::learn(&self.holders, facts, self.clock.now());
            }
        });
        entry.beyond(|facts| observed.deleted(facts, &answered));
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
                if let Err(fault) = entry.intend(Late::Forwarded).await {
                    entry.forget();
                    return Err(refuse(fault));
                }
                let body = Downlink::new(pieces, body, size, entry);
                Ok(Response::from_parts(head, Answer::Stream(Box::new(body))))
            }
            Captured::Broken => {
                let name = &call.upstream.settings.name;
                let text = format!("the upstream {name} broke off its answer");
                let fault = Fault::unavailable(text).with_status(502);
                entry.amend(|facts| {
                    if call.read_only {
                        observe::refused(facts, call.family, &fault);
                    } else {
                        *facts = cairn_gateway::orphaned(facts, &fault.message);
                    }
                });
                entry.settle().await.map_err(refuse)?;
                Err(refuse(fault))
            }
        }
    }
}

/// Whether an answer has to pass as it comes: holding any of it back would hold up who reads it.
fn streams(found: &Recognised<'_>, headers: &HeaderMap, body: &Answering) -> bool {
    let events = headers.get(CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.as_bytes();
        kind.starts_with(b"application/vnd.amazon.eventstream")
            || kind.starts_with(b"text/event-stream")
    });
    let open = body.size_hint().exact().is_none();
    let payload = found.operation.map(|operation| operation.output_payload);
    // Of S3 a client may choose the type of what it gets: it says nothing there.
    let is_s3 = found.service.is_some_and(|service| service.name == "s3");
    match payload {
        Some(Payload::Events) => events || open,
        _ => events && open && !is_s3,
    }
}
