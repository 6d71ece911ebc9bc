//! The way of a forwarded call, top to bottom:
//!
//! recognise · find the upstream · authenticate · authorise · intend · forward · record · answer

use cairn_core::AccountId;
use cairn_event::selector::Prospect;
use cairn_gateway::recognise::{Recognised, Scope, is_form, recognise};
use cairn_gateway::{Claimed, Keeping, Late};
use cairn_wire::{Family, Fault, Parts, fault_response};
use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts as Head;
use http::{Response, Version};
use hyper::body::Incoming;

use super::admit::Who;
use super::entry::Entry;
use super::intake::Intake;
use super::observe::{self, Observed};
use super::prepare::Outgoing;
use super::send::{Lost, send};
use super::upstream::Upstream;
use super::{Answer, Gateway, outbound};
use crate::http::{Peer, Seen, discard, is_link};

/// A request that goes no further, in the words of its client.
pub(super) struct Refusal {
    pub(super) family: Family,
    pub(super) fault: Fault,
}

/// A request on its way.
pub(super) struct Call<'a> {
    pub(super) head: &'a Head,
    pub(super) parts: Parts<'a>,
    pub(super) found: &'a Recognised<'a>,
    pub(super) family: Family,
    pub(super) upstream: &'a Upstream,
    pub(super) who: Who,
    pub(super) read_only: bool,
    /// Whether the signature, if there is one, is for a service that says whose keys are.
    pub(super) named: bool,
    pub(super) request_id: &'a str,
    pub(super) peer: &'a Peer,
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
        // Moved once, to the heap: it is large, and the listener would copy it about.
        match Box::pin(self.exchange(head, &mut intake, peer, seen)).await {
            Ok(response) if response.status().as_u16() < 400 => (response, "OK".to_owned()),
            Ok(response) => {
                let code = format!("HTTP {}", response.status().as_u16());
                (response, code)
            }
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
        let known = claimed.as_ref().is_some_and(|claimed| self.knows(claimed));
        let read = match outbound::refuse_ambiguous(head) {
            Ok(()) => self.begin(&parts, intake, known).await,
            Err(fault) => Err(fault),
        };
        let prefix = intake.joined();
        let scope = scope(head, claimed.as_ref());
        let mut found = recognise(&parts, scope, &prefix, &self.settings.domains);
        let family = family(&found);
        let refuse = |fault| Refusal { family, fault };
        read.map_err(refuse)?;
        seen.of(&found);
        let upstream = self.find(&found).map_err(refuse)?;
        if !self.shares_host(upstream, &found, &parts) {
            found.operation = None;
            found.bucket = None;
        }
        let found = found;
        let who = self.who(upstream, &parts, claimed.as_ref(), intake).await;
        let who = who.map_err(refuse)?;
        let read_only = observe::only_reads(&found);
        let keeping = self.keeping(&found, who.account);
        let body = (intake.joined(), intake.is_whole());
        let observed = Observed::new(parts, &found, &self.rules, &self.home, body);
        let mut entry = (keeping != Keeping::Off).then(|| {
            Entry::new(&self.book, keeping, observed.facts(&who, &peer, &seen.request_id))
        });
        let named = scope.service.is_none_or(|service| matches!(service, "sts" | "iam"));
        let call = Call {
            head,
            parts,
            found: &found,
            family,
            upstream,
            who,
            read_only,
            named,
            request_id: &seen.request_id,
            peer: &peer,
        };
        let allowed = self.authorise(upstream, &call.who, read_only);
        let outgoing = match allowed.and_then(|()| self.prepare(&call, intake)) {
            Ok(outgoing) => outgoing,
            Err(fault) => return Err(denied(entry, family, fault).await),
        };
        if !read_only && let Err(fault) = intend(&mut entry).await {
            // What is left of the body is read, so that the client gets to read why.
            drop(outgoing.request);
            intake.rest = outgoing.tally.rest();
            return Err(refuse(fault));
        }
        let tally = outgoing.tally.clone();
        let answered = self.forward(&call, &observed, outgoing, entry).await;
        if answered.is_err() {
            intake.rest = tally.rest();
        }
        answered
    }

    /// What becomes of the call's record. Data events are asked for by settings, and by trails.
    fn keeping(&self, found: &Recognised<'_>, account: AccountId) -> Keeping {
        let wants = |call: &Prospect<'_>| self.demand.wants(account, call);
        let wanted = || observe::prospect(found).is_some_and(|call| wants(&call));
        self.settings.policy.keeping(observe::subject(found), wanted)
    }

    /// Reads as much of the body as recognising and rendering need. What streams is not read.
    async fn begin(
        &self,
        parts: &Parts<'_>,
        intake: &mut Intake,
        known: bool,
    ) -> Result<(), Fault> {
        let limit = self.settings.capture;
        let small = intake.size.exact().is_some_and(|size| size <= limit as u64);
        let essence = parts.header(&CONTENT_TYPE).unwrap_or_default();
        let form = is_form(parts);
        let json = essence.starts_with("application/x-amz-json");
        if intake.is_whole() || !(small || form || json) {
            return Ok(());
        }
        let budget = self.budget(known);
        if !form {
            return intake.read(limit, budget, self.body_timeout).await;
        }
        // The end of a form may name another operation than its beginning.
        let limit = self.settings.body;
        intake.read(limit, budget, self.body_timeout).await?;
        if intake.is_whole() { Ok(()) } else { Err(Fault::too_large(limit)) }
    }

    /// Whether a key is one that somebody is known to hold. Says nothing about the signature: only
    /// how much is held for the sender.
    fn knows(&self, claimed: &Claimed<'_>) -> bool {
        let key = &*claimed.access_key_id;
        self.store.credential(key).is_some() || self.holders.find(key, self.clock.now()).is_some()
    }

    /// Whether the upstream reads the bucket from the host as Cairn does. One that is told nothing
    /// of AWS's names, and gets the host as it came, takes the path for everything.
    fn shares_host(&self, upstream: &Upstream, found: &Recognised<'_>, parts: &Parts<'_>) -> bool {
        if found.bucket.is_none() || upstream.resigns() || upstream.is_embedded() {
            return true;
        }
        let host = parts.header(&HOST).unwrap_or_default().to_ascii_lowercase();
        let host = host.split(':').next().unwrap_or_default();
        let below = |domain: &str| host.ends_with(domain);
        let aws =
            |host: &str| host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
        self.settings.domains.iter().any(|domain| below(domain))
            || below(&upstream.settings.url.host)
            || aws(&upstream.settings.url.host)
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
                // The upstream's way of speaking is its own affair.
                head.version = Version::HTTP_11;
                outbound::strip(&mut head.headers);
                let Some(entry) = entry else {
                    return Ok(Response::from_parts(head, Answer::Plain(body)));
                };
                let response = Response::from_parts(head, body);
                self.conclude(call, observed, response, entry, tally.bytes()).await
            }
            Err(Lost::Before(fault)) => Err(denied(entry, call.family, fault).await),
            Err(Lost::Unknown(fault) | Lost::Late(fault)) => {
                match entry {
                    Some(entry) if !call.read_only => entry.abandon(&fault.message),
                    entry => return Err(denied(entry, call.family, fault).await),
                }
                Err(Refusal { family: call.family, fault })
            }
        }
    }
}

/// What the signature says the request is for. A link out of a message of SNS has none.
fn scope<'a>(head: &Head, claimed: Option<&'a Claimed<'_>>) -> Scope<'a> {
    match claimed {
        Some(claimed) => Scope { service: claimed.service(), region: claimed.region() },
        None => Scope { service: is_link(head).then_some("sns"), region: None },
    }
}

/// Makes the intent durable; an entry that cannot be is forgotten.
async fn intend(entry: &mut Option<Entry>) -> Result<(), Fault> {
    let Some(known) = entry else { return Ok(()) };
    let intended = known.intend(Late::Refused).await;
    if intended.is_err()
        && let Some(entry) = entry.take()
    {
        entry.forget();
    }
    intended
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
