//! The ingest door: records made elsewhere. They are their own evidence, so the call makes none.

use bytes::Bytes;
use cairn_control::{Owner, Services};
use cairn_core::limits;
use cairn_gateway::Caller;
use cairn_wire::aws_json::{self, Version};
use cairn_wire::sigv4::{AuthError, Payload, Presented};
use cairn_wire::{Fault, Parts};
use http::header::CONTENT_ENCODING;
use http::request::Parts as Head;
use http::{Method, Response};

use super::body;
use super::peer::Seen;
use crate::metrics::Metrics;

/// The path of the door.
pub(super) const PATH: &str = "/ingest";
/// A body above this is hashed aside: a megabyte takes a millisecond, and others wait meanwhile.
const INLINE_BYTES: usize = 256 * 1024;

/// Whether the request is for the door.
pub(super) fn is(head: &Head) -> bool {
    head.uri.path() == PATH && head.method == Method::POST
}

/// What the body may unpack to, beyond itself.
pub(super) fn unpacked(head: &Head) -> usize {
    match encoding(head) {
        None | Some("" | "identity") => 0,
        Some(_) => limits::INGEST_BODY_BYTES,
    }
}

/// The hash of a body.
pub(crate) async fn payload(bytes: &Bytes) -> Payload {
    if bytes.len() <= INLINE_BYTES {
        return Payload::of(bytes);
    }
    let bytes = bytes.clone();
    cairn_task::blocking("hash", move || Payload::of(&bytes)).await
}

/// What the door needs.
pub(super) struct Door<'a> {
    pub(super) services: &'a Services,
    pub(super) metrics: &'a Metrics,
}

impl Door<'_> {
    /// Stores the records of a verified request.
    pub(super) async fn answer(
        &self,
        head: &Head,
        presented: &Presented<'_>,
        caller: &Caller,
        body: Bytes,
        seen: &mut Seen,
    ) -> Result<Response<Bytes>, Fault> {
        seen.service = "cairn";
        "Ingest".clone_into(&mut seen.operation);
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
        let encoding = encoding(head).map(str::to_owned);
        let unpack = move || body::decode(body, encoding.as_deref(), limits::INGEST_BODY_BYTES);
        let ingested = cairn_control::ingest(self.services, caller, owner, unpack).await?;
        self.metrics.ingested("stored", ingested.stored);
        self.metrics.ingested("duplicate", ingested.duplicates);
        self.metrics.ingested("quarantined", ingested.quarantined);
        self.metrics.ingested("conflict", ingested.conflicts.len() as u64);
        Ok(aws_json::response(Version::V1_1, &seen.request_id, &ingested))
    }
}

fn encoding(head: &Head) -> Option<&str> {
    Parts::of(head).header(&CONTENT_ENCODING).map(str::trim)
}
