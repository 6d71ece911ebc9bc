//! The record of an event from outside.

use aws_lc_rs::digest;
use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_event::Event;
use cairn_store::Channel;
use serde::Serialize;
use serde_json::value::RawValue;

use super::audit_event::{Audit, Flaw, Size, flaw};

/// The `eventVersion` of events from outside.
const EVENT_VERSION: &str = "1.0";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    event_category: &'static str,
    event_type: &'static str,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    event_time: String,
    aws_region: &'a str,
    recipient_account_id: String,
    metadata: Metadata<'a>,
    event_data: &'a RawValue,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    ingestion_time: String,
    #[serde(rename = "channelARN")]
    channel_arn: &'a str,
}

/// The record; `id` is the event's own, and the document stands in it as it was given.
pub(super) fn record(
    channel: &Channel,
    arn: &str,
    (id, now): (&str, Timestamp),
    (audit, size): (&Audit<'_>, Size),
) -> Result<Event, Flaw> {
    let data: &RawValue = serde_json::from_str(audit.data)
        .map_err(|error| flaw("InvalidData", format!("eventData is no JSON: {error}")))?;
    let record = Record {
        event_version: EVENT_VERSION,
        event_category: "ActivityAuditLog",
        event_type: "ActivityLog",
        event_id: &event_id(arn, id),
        event_time: audit.time.to_string(),
        aws_region: channel.region.as_str(),
        recipient_account_id: channel.account.to_string(),
        metadata: Metadata { ingestion_time: now.to_string(), channel_arn: arn },
        event_data: data,
    };
    let text =
        serde_json::to_vec(&record).map_err(|error| flaw("InternalFailure", error.to_string()))?;
    size.check(&text)?;
    let most = text.len();
    let event = Event::parse_within(Bytes::from(text), most);
    event.map_err(|broken| flaw("InvalidData", broken.to_string()))
}

/// A UUID that the same event of the same channel always has: put twice, it is stored once.
pub(super) fn event_id(channel_arn: &str, id: &str) -> String {
    // Neither part has a line break.
    let name = format!("audit event\n{channel_arn}\n{id}");
    let sum = digest::digest(&digest::SHA256, name.as_bytes());
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&sum.as_ref()[..16]);
    // Version 8: made by a rule of one's own.
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex::encode(bytes);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}
