//! The ingest door: records that were made elsewhere, kept as the bytes they are.

use bytes::Bytes;
use cairn_core::{AccountId, limits};
use cairn_event::{Event, Piece, Quarantine, split};
use cairn_gateway::{Caller, append_fault};
use cairn_journal::{Draft, Kind, Outcome};
use cairn_wire::Fault;
use serde::Serialize;

use crate::Services;

/// Whose history the records of one request go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The caller's own account, whatever the records say.
    Caller,
    /// Each record's `recipientAccountId`; for operators only.
    Record,
}

/// The answer of the ingest door.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub struct Ingested {
    /// Records that are now durable.
    pub stored: u64,
    /// Records that were there already, byte for byte.
    pub duplicates: u64,
    /// Pieces that are not valid records, kept with the reason.
    pub quarantined: u64,
    /// Records refused because another record has their eventID.
    pub conflicts: Vec<Conflict>,
    /// The highest place in the journal that this request was given; absent if nothing was stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<u64>,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "PascalCase")]
pub struct Conflict {
    pub event_id: String,
    pub message: String,
}

/// Stores every record of the body that `unpack` gives; answers once all of them are durable.
///
/// # Errors
/// Refusals of the whole request: a foreign account, too many records, a journal that cannot take
/// them. What is wrong with a single record never is an error: it is quarantined.
pub async fn ingest(
    services: &Services,
    caller: &Caller,
    owner: Owner,
    unpack: impl FnOnce() -> Result<Bytes, Fault> + Send + 'static,
) -> Result<Ingested, Fault> {
    if !caller.admin {
        let text = "the ingest door is for administrators: it takes records as they are";
        return Err(Fault::access_denied(text));
    }
    if owner == Owner::Record && !caller.operator {
        let text = "account=record is for operators: administrators of the first account";
        return Err(Fault::access_denied(text));
    }
    let sender = Sender { account: caller.account, arn: caller.arn.clone(), owner };
    let read = move || {
        let body = unpack()?;
        Ok::<_, Fault>((sender.drafts(&body)?, body))
    };
    let (drafts, body) = cairn_task::blocking("ingest", read).await?;
    let kinds: Vec<Kind> = drafts.iter().map(|draft| draft.body.kind()).collect();
    let outcomes = services.journal.append(drafts).await.map_err(append_fault)?;
    Ok(count(&kinds, &outcomes, &body))
}

/// Whose records they are.
struct Sender {
    account: AccountId,
    arn: String,
    owner: Owner,
}

impl Sender {
    fn drafts(&self, body: &Bytes) -> Result<Vec<Draft>, Fault> {
        let mut drafts = Vec::new();
        for piece in split(body, limits::INGEST_RECORDS) {
            drafts.push(match piece {
                Piece::Event(event) => Draft::event(self.account_of(&event), event),
                Piece::Flawed { bytes, flaw } => {
                    let kept = Quarantine::new(bytes, flaw, &self.arn);
                    let kept = kept.map_err(|error| Fault::validation(error.to_string()))?;
                    Draft::quarantine(self.account, kept.encode())
                }
            });
        }
        Ok(drafts)
    }

    /// The account comes from the credential; only an operator may let the record name another.
    fn account_of(&self, event: &Event) -> AccountId {
        match self.owner {
            Owner::Caller => self.account,
            Owner::Record => event.recipient_account().unwrap_or(self.account),
        }
    }
}

fn count(kinds: &[Kind], outcomes: &[Outcome], body: &Bytes) -> Ingested {
    let mut ingested = Ingested::default();
    let mut refused = Vec::new();
    for (place, (kind, outcome)) in kinds.iter().zip(outcomes).enumerate() {
        match outcome {
            Outcome::Stored { seq, .. } => {
                ingested.last_seq = ingested.last_seq.max(Some(seq.0));
                match kind {
                    Kind::Quarantine => ingested.quarantined += 1,
                    _ => ingested.stored += 1,
                }
            }
            Outcome::Duplicate { .. } => ingested.duplicates += 1,
            Outcome::Conflict { .. } => refused.push(place),
        }
    }
    if !refused.is_empty() {
        tracing::warn!(count = refused.len(), "refused records: their eventIDs are taken");
        ingested.conflicts = conflicts(&refused, body);
    }
    ingested
}

/// Conflicts are rare, so the names of the refused records are read again from the body then,
/// rather than kept for every request.
fn conflicts(refused: &[usize], body: &Bytes) -> Vec<Conflict> {
    let mut places = refused.iter().copied().peekable();
    let mut conflicts = Vec::with_capacity(refused.len());
    for (place, piece) in split(body, limits::INGEST_RECORDS).enumerate() {
        if places.next_if_eq(&place).is_none() {
            continue;
        }
        let event_id = match piece {
            Piece::Event(event) => event.id().into_owned(),
            Piece::Flawed { .. } => String::new(),
        };
        let message = "another record with this eventID is stored; the first one is kept";
        conflicts.push(Conflict { event_id, message: message.to_owned() });
    }
    conflicts
}
