//! The ingest door: records that were made elsewhere, kept as the bytes they are.

use bytes::Bytes;
use cairn_core::{AccountId, Seq, limits};
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

/// Stores every record of `body`; answers once all of them are durable.
///
/// # Errors
/// Refusals of the whole request: a foreign account, too many records, a journal that cannot take
/// them. What is wrong with a single record never is an error: it is quarantined.
pub async fn ingest(
    services: &Services,
    caller: &Caller,
    owner: Owner,
    body: Bytes,
) -> Result<Ingested, Fault> {
    if !caller.admin {
        let text = "the ingest door is for administrators: it takes records as they are";
        return Err(Fault::access_denied(text));
    }
    if owner == Owner::Record && !caller.operator {
        let text = "account=record is for operators: administrators of the first account";
        return Err(Fault::access_denied(text));
    }
    let drafts = drafts(caller, owner, &body)?;
    let kinds: Vec<Kind> = drafts.iter().map(|draft| draft.body.kind()).collect();
    let outcomes = services.journal.append(drafts).await.map_err(append_fault)?;
    count(services, &kinds, &outcomes)
}

fn drafts(caller: &Caller, owner: Owner, body: &Bytes) -> Result<Vec<Draft>, Fault> {
    let mut drafts = Vec::new();
    for piece in split(body, limits::INGEST_RECORDS) {
        drafts.push(match piece {
            Piece::Event(event) => Draft::event(account(caller, owner, &event), event),
            Piece::Flawed { bytes, flaw } => {
                let kept = Quarantine::new(bytes, flaw, &caller.arn);
                let kept = kept.map_err(|error| Fault::validation(error.to_string()))?;
                Draft::quarantine(caller.account, kept.encode())
            }
        });
    }
    Ok(drafts)
}

/// The account comes from the credential; only an operator may let the record name another.
fn account(caller: &Caller, owner: Owner, event: &Event) -> AccountId {
    match owner {
        Owner::Caller => caller.account,
        Owner::Record => event.recipient_account().unwrap_or(caller.account),
    }
}

fn count(services: &Services, kinds: &[Kind], outcomes: &[Outcome]) -> Result<Ingested, Fault> {
    let mut ingested = Ingested::default();
    for (kind, outcome) in kinds.iter().zip(outcomes) {
        match outcome {
            Outcome::Stored { seq, .. } => {
                ingested.last_seq = ingested.last_seq.max(Some(seq.0));
                match kind {
                    Kind::Quarantine => ingested.quarantined += 1,
                    _ => ingested.stored += 1,
                }
            }
            Outcome::Duplicate { .. } => ingested.duplicates += 1,
            Outcome::Conflict { seq } => ingested.conflicts.push(conflict(services, *seq)?),
        }
    }
    Ok(ingested)
}

/// The refused record has the same eventID as the stored one, which is read back for its name.
fn conflict(services: &Services, stored: Seq) -> Result<Conflict, Fault> {
    let read = services.journal.read(&[stored]);
    let records = read.map_err(|error| Fault::internal(error.to_string()))?;
    let event = records.first().and_then(|record| record.event());
    let event_id = event.map(|event| event.id().into_owned()).unwrap_or_default();
    tracing::warn!(%event_id, %stored, "refused a record: its eventID is taken by other bytes");
    let message = "another record with this eventID is stored; the first one is kept".to_owned();
    Ok(Conflict { event_id, message })
}
