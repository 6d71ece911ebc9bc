//! ListQuarantine: what was sent to the ingest door and is no record, oldest first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cairn_core::Seq;
use cairn_event::Quarantine;
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_journal::{Kind, Record};
use cairn_wire::Fault;
use serde::{Deserialize, Serialize};

use super::tail::Tail;
use super::{decode, invalid};
use crate::Services;

const MAX_RESULTS: usize = 1000;
const DEFAULT_RESULTS: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Input {
    /// The one piece to show, with its bytes.
    seq: Option<u64>,
    after: u64,
    max_results: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    pieces: Vec<Piece>,
    /// `After` of the next call.
    cursor: u64,
    /// Whether the end was reached.
    end: bool,
}

/// A piece in quarantine.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Piece {
    seq: u64,
    ingest_time: f64,
    /// A code such as `InvalidUtf8`, and the byte at which it was found.
    reason: &'static str,
    at: usize,
    length: usize,
    sha256: String,
    submitter: String,
    /// Base64 of exactly what was sent; only where one piece was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
}

pub(crate) async fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    let input: Input = decode(&call.body)?;
    let output = match input.seq {
        Some(seq) => one(services, call, Seq(seq))?,
        None => list(services, call, &input).await?,
    };
    let trace = Trace {
        request_parameters: request_parameters(&call.body, &[]),
        read_only: true,
        ..Trace::default()
    };
    Ok(Done::json(call, &output, trace))
}

fn one(services: &Services, call: &Call, seq: Seq) -> Result<Output, Fault> {
    let read = services.journal.read(&[seq]).ok().and_then(|records| records.into_iter().next());
    let own = read.filter(|record| record.account == call.caller.account && is_piece(record));
    // Another account's record, another kind of record and no record get the same answer.
    let record =
        own.ok_or_else(|| invalid(format!("no piece in quarantine has the place {seq}")))?;
    let mut piece = piece(&record)?;
    let kept = decoded(&record)?;
    piece.content = Some(STANDARD.encode(&kept.bytes));
    Ok(Output { pieces: vec![piece], cursor: seq.0, end: true })
}

async fn list(services: &Services, call: &Call, input: &Input) -> Result<Output, Fault> {
    let limit = input.max_results.unwrap_or(DEFAULT_RESULTS);
    if limit == 0 || limit > MAX_RESULTS {
        return Err(invalid(format!("MaxResults is {limit}: use 1 to {MAX_RESULTS}")));
    }
    let durable = services.journal.durable();
    let after = Seq(input.after).min(durable);
    let tail = Tail::new(services, call.caller.account, limit);
    let _place = services.answers.acquire().await;
    let scan = move || tail.scan(after, is_piece);
    let (found, cursor) = cairn_task::blocking("quarantine", scan).await?;
    let pieces = found.iter().map(piece).collect::<Result<_, _>>()?;
    Ok(Output { pieces, cursor: cursor.0, end: cursor >= durable })
}

fn is_piece(record: &Record) -> bool {
    record.kind == Kind::Quarantine
}

fn piece(record: &Record) -> Result<Piece, Fault> {
    let kept = decoded(record)?;
    Ok(Piece {
        seq: record.seq.0,
        ingest_time: record.ingested.millis() as f64 / 1000.0,
        reason: kept.flaw.reason.code(),
        at: kept.flaw.at,
        length: kept.bytes.len(),
        sha256: hex::encode(kept.sha256),
        submitter: kept.submitter,
        content: None,
    })
}

fn decoded(record: &Record) -> Result<Quarantine, Fault> {
    Quarantine::decode(&record.raw).map_err(|error| Fault::internal(error.to_string()))
}
