//! One event as the printers see it.

use cairn_core::{Timestamp, limits};
use cairn_event::Event;
use hyper::body::Bytes;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::time;

/// A record as SearchEvents and TailEvents return it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Stored {
    /// Place in the journal.
    pub(crate) seq: u64,
    /// Seconds since the epoch.
    pub(crate) ingest_time: f64,
    /// The exact record.
    pub(crate) record: String,
}

/// A stored record with what the columns show, read once.
pub(crate) struct EventRow {
    pub(super) raw: Bytes,
    /// `None` for what is no event record; it still has its bytes.
    pub(super) event: Option<Event>,
    pub(super) seq: u64,
    pub(super) ingested: Timestamp,
    /// `eventTime` in the zone that was asked for.
    pub(super) local_time: String,
}

impl EventRow {
    pub(crate) fn new(stored: Stored, zone: &TimeZone) -> Self {
        let raw = Bytes::from(stored.record);
        let event = Event::parse_within(raw.clone(), limits::LARGE_RECORD_BYTES).ok();
        let at = event.as_ref().map(Event::time);
        Self {
            local_time: at.map_or_else(String::new, |at| time::show(at, zone)),
            ingested: Timestamp::from_millis((stored.ingest_time * 1000.0) as i64),
            seq: stored.seq,
            raw,
            event,
        }
    }

    /// The record on one line. Line breaks outside strings mean nothing in JSON, and inside
    /// strings there are none.
    pub(super) fn line(&self) -> Vec<u8> {
        let space = |byte: u8| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte };
        if self.event.is_some() {
            return self.raw.iter().map(|byte| space(*byte)).collect();
        }
        // What is no JSON is printed as a JSON string, so that the whole stays readable.
        serde_json::Value::from(String::from_utf8_lossy(&self.raw)).to_string().into_bytes()
    }

    /// Resource names, joined.
    pub(super) fn resources(&self) -> String {
        let Some(event) = &self.event else {
            return String::new();
        };
        let names: Vec<String> =
            event.resources().iter().map(|resource| resource.name.to_string()).collect();
        names.join(" ")
    }
}
