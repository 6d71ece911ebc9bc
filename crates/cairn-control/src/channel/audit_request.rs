//! What PutAuditEvents is asked.

use cairn_wire::Fault;
use cairn_wire::query::Params;
use serde::Deserialize;

/// Events of one call, and bytes of its body.
const EVENTS: usize = 100;
const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of an event's id.
const ID_BYTES: usize = 128;
/// Characters of the external id.
const EXTERNAL_ID: std::ops::RangeInclusive<usize> = 2..=1224;

#[derive(Debug)]
pub(super) struct AuditRequest {
    pub(super) channel_arn: String,
    pub(super) external_id: Option<String>,
    pub(super) entries: Vec<Entry>,
}

/// `AuditEvent`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) id: String,
    /// A JSON document, as text.
    pub(super) event_data: String,
    pub(super) event_data_checksum: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    audit_events: Vec<Entry>,
}

impl AuditRequest {
    /// # Errors
    /// A request that breaks the constraints of the operation's shapes.
    pub(super) fn parse(query: Option<&str>, body: &[u8]) -> Result<Self, Fault> {
        if body.len() > BODY_BYTES {
            return Err(Fault::too_large(BODY_BYTES));
        }
        let params = Params::parse(query, b"")?;
        let Some(channel_arn) = params.get("channelArn") else {
            return Err(broken("null", "channelArn", "Member must not be null"));
        };
        let external_id = params.get("externalId").map(str::to_owned);
        if let Some(id) = external_id.as_deref().filter(|id| !is_external_id(id)) {
            let rule = "Member must satisfy regular expression pattern: ^[\\w+=,.@:\\/-]*$, with a \
                        length from 2 through 1224";
            return Err(broken(id, "externalId", rule));
        }
        let body: Body = serde_json::from_slice(body)
            .map_err(|error| Fault::serialization(format!("the body cannot be read: {error}")))?;
        let entries = body.audit_events;
        if !(1..=EVENTS).contains(&entries.len()) {
            let rule = "Member must have length from 1 through 100";
            return Err(broken(&entries.len().to_string(), "auditEvents", rule));
        }
        for (at, entry) in entries.iter().enumerate() {
            if !is_event_id(&entry.id) {
                let member = format!("auditEvents.{}.member.id", at + 1);
                let rule = "Member must satisfy regular expression pattern: ^[-_A-Za-z0-9]+$, with \
                            a length from 1 through 128";
                return Err(broken(&entry.id, &member, rule));
            }
        }
        Ok(Self { channel_arn: channel_arn.to_owned(), external_id, entries })
    }

    /// Refuses a call that has an id twice.
    pub(super) fn check_ids(&self) -> Result<(), Fault> {
        let mut ids: Vec<&str> = self.entries.iter().map(|entry| &*entry.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            let text = "Two or more entries in the request have the same event ID.";
            return Err(Fault::client("DuplicatedAuditEventId", text));
        }
        Ok(())
    }
}

fn is_event_id(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(legal)
}

fn is_external_id(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    EXTERNAL_ID.contains(&id.len()) && id.bytes().all(legal)
}

fn broken(value: &str, member: &str, rule: &str) -> Fault {
    Fault::validation(format!(
        "1 validation error detected: Value '{value:.256}' at '{member}' failed to satisfy \
         constraint: {rule}"
    ))
}
