//! PutAuditEvents, the one operation of `cloudtrail-data`: events from outside, each of them
//! refused for itself or durable when it is answered.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{Arn, Clock, ErrorKind, Timestamp};
use cairn_gateway::append_fault;
use cairn_journal::{Draft, Journal};
use cairn_policy::Decision;
use cairn_ports::Actor;
use cairn_store::channel::Ingestion;
use cairn_store::{Channel, Store, StoreError, channel};
use cairn_wire::{Family, Fault, fault_response};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response};
use serde::Serialize;

use super::audit_event::{Flaw, Size, checked};
use super::audit_record::{event_id, record};
use super::audit_request::{AuditRequest, Entry};
use crate::event_data_store::is_id;
use crate::fault::store_fault;
use crate::resource_policy::{Asker, Asks, decision};

const PATH: &str = "/PutAuditEvents";
const ACTION: &str = "cloudtrail-data:PutAuditEvents";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The door for events from outside. A clone is the same one.
#[derive(Clone)]
pub struct AuditEvents {
    store: Store,
    journal: Journal,
    clock: Arc<dyn Clock>,
}

/// Who puts events, and where.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    pub actor: &'a Actor,
    pub region: &'a str,
    pub request_id: &'a str,
    pub address: IpAddr,
    /// Whether the request came over TLS.
    pub secure: bool,
}

#[derive(Debug, Default, Serialize)]
struct Answer<'a> {
    successful: Vec<Stored<'a>>,
    failed: Vec<Failed<'a>>,
}

#[derive(Debug, Serialize)]
struct Stored<'a> {
    id: &'a str,
    #[serde(rename = "eventID")]
    event_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failed<'a> {
    id: &'a str,
    error_code: &'static str,
    error_message: String,
}

impl AuditEvents {
    pub fn new(store: Store, journal: Journal, clock: Arc<dyn Clock>) -> Self {
        Self { store, journal, clock }
    }

    /// Answers one call, whose signature was verified.
    pub async fn answer(&self, sender: Sender<'_>, request: &Request<Bytes>) -> Response<Bytes> {
        match self.put(sender, request).await {
            Ok(body) => {
                let mut response = Response::new(Bytes::from(body));
                let headers = response.headers_mut();
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                if let Ok(id) = HeaderValue::from_str(sender.request_id) {
                    headers.insert(REQUEST_ID, id);
                }
                response
            }
            Err(fault) => {
                if let Some(error) = &fault.internal {
                    tracing::error!(request = sender.request_id, error, "failed to take events");
                }
                fault_response(Family::RestJson, request.method(), sender.request_id, &fault)
            }
        }
    }

    async fn put(&self, sender: Sender<'_>, request: &Request<Bytes>) -> Result<Vec<u8>, Fault> {
        if request.method() != Method::POST || request.uri().path() != PATH {
            return Err(Fault::unknown_operation(request.uri().path()).with_status(404));
        }
        let asked = AuditRequest::parse(request.uri().query(), request.body())?;
        let channel = self.channel(sender, &asked).await?;
        asked.check_ids()?;
        let (now, size) = (self.clock.now(), self.size(&channel).await?);
        let (drafts, answer) = sort(&channel, &asked.entries, size, now);
        if !drafts.is_empty() {
            self.journal.append(drafts).await.map_err(append_fault)?;
        }
        self.note(&channel, &asked.entries, &answer, now).await;
        serde_json::to_vec(&answer).map_err(|error| Fault::internal(error.to_string()))
    }

    /// What every destination takes: an event is stored once for all of them.
    async fn size(&self, channel: &Channel) -> Result<Size, Fault> {
        let large = channel::feeds_large(&self.store, &channel.id).await;
        let large = large.map_err(|error| store_fault(&error))?;
        Ok(if large { Size::Large } else { Size::Standard })
    }

    /// The channel, if the sender may put events into it.
    async fn channel(&self, sender: Sender<'_>, asked: &AuditRequest) -> Result<Channel, Fault> {
        let invalid = || {
            let text = "The specified channel ARN is not a valid channel ARN.";
            Fault::client("InvalidChannelARN", text)
        };
        let given = &*asked.channel_arn;
        let arn =
            Arn::parse(given).filter(|arn| arn.service == "cloudtrail").ok_or_else(invalid)?;
        let id =
            arn.resource.strip_prefix("channel/").filter(|id| is_id(id)).ok_or_else(invalid)?;
        let owner = arn.account_id().ok_or_else(invalid)?;
        self.authorise(sender, asked, owner == account(sender.actor)?).await?;
        let found = channel::get(&self.store, owner, id).await;
        match found {
            Ok(found) if found.arn() == given && found.region.as_str() == sender.region => {
                Ok(found)
            }
            Ok(_) | Err(StoreError::NotFound { .. }) => {
                Err(Fault::client("ChannelNotFound", "The channel could not be found."))
            }
            Err(error) => Err(store_fault(&error)),
        }
    }

    /// The owner's administrators may, unless the channel's policy denies it; whom the policy
    /// allows it may, too.
    async fn authorise(
        &self,
        sender: Sender<'_>,
        asked: &AuditRequest,
        own: bool,
    ) -> Result<(), Fault> {
        let Actor::Principal { account, arn, admin } = sender.actor else {
            return Err(insufficient());
        };
        let asker = Asker {
            account: *account,
            arn,
            admin: *admin,
            source_ip: sender.address,
            secure: sender.secure,
            region: sender.region,
            at: self.clock.now(),
        };
        let asks = Asks {
            action: ACTION,
            resource: &asked.channel_arn,
            external_id: asked.external_id.as_deref(),
        };
        let decided = decision(&self.store, asker, asks).await;
        match decided.map_err(|error| store_fault(&error))? {
            Decision::Allow => Ok(()),
            Decision::ImplicitDeny if own && *admin => Ok(()),
            Decision::ImplicitDeny | Decision::ExplicitDeny => Err(insufficient()),
        }
    }

    /// What GetChannel tells. The events are durable: nobody is told if this fails.
    async fn note(
        &self,
        channel: &Channel,
        entries: &[Entry],
        answer: &Answer<'_>,
        now: Timestamp,
    ) {
        let last = answer.successful.last();
        let went = Ingestion {
            attempted: Some(now),
            attempted_event: entries.last().map(|entry| event_id(&channel.arn(), &entry.id)),
            succeeded: last.map(|_| now),
            succeeded_event: last.map(|stored| stored.event_id.clone()),
            error: answer.failed.last().map(|failed| failed.error_code.to_owned()),
        };
        let noted = async {
            let mut txn = self.store.begin().await?;
            channel::note(&mut txn, &channel.id, &went).await?;
            txn.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(channel = channel.id, %error, "failed to note how events went");
        }
    }
}

/// What is to be stored, and what is told of each event. An event that is stored already, because
/// it was put before, is told as it was then: its id is made of the channel and its own.
fn sort<'a>(
    channel: &Channel,
    entries: &'a [Entry],
    size: Size,
    now: Timestamp,
) -> (Vec<Draft>, Answer<'a>) {
    let mut drafts = Vec::with_capacity(entries.len());
    let mut answer = Answer::default();
    let arn = channel.arn();
    for entry in entries {
        let event = checked(entry, channel.account, size)
            .and_then(|audit| record(channel, &arn, (&entry.id, now), (&audit, size)));
        match event {
            Ok(event) => {
                let event_id = event.id().into_owned();
                drafts.push(Draft::event(channel.account, event));
                answer.successful.push(Stored { id: &entry.id, event_id });
            }
            Err(Flaw { code, message }) => {
                let (error_code, error_message) = (code, message);
                answer.failed.push(Failed { id: &entry.id, error_code, error_message });
            }
        }
    }
    (drafts, answer)
}

fn account(actor: &Actor) -> Result<cairn_core::AccountId, Fault> {
    actor.account().ok_or_else(insufficient)
}

fn insufficient() -> Fault {
    let text = "The caller's account ID must be the same as the channel owner's account ID.";
    Fault::client("ChannelInsufficientPermission", text).with_kind(ErrorKind::Denied)
}
