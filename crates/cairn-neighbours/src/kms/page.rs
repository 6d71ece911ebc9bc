//! Answers in pages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_wire::Fault;
use serde_json::{Value, json};

use super::check::Check;

/// Items of one page, as a request may ask for.
const LIMIT: usize = 1000;
/// Characters of a marker.
const MARKER: usize = 1024;

/// Where a page begins and how long it may be.
pub(super) struct Page {
    pub(super) limit: u32,
    /// What the last page ended with; empty for the first.
    pub(super) after: String,
}

impl Page {
    /// Reads the members `Limit` and `Marker`; ends the check.
    pub(super) fn read(
        mut check: Check,
        limit: Option<i64>,
        marker: Option<&String>,
        default: u32,
    ) -> Result<Self, Fault> {
        if let Some(limit) = limit {
            check.number("limit", limit, 1..=LIMIT);
        }
        if let Some(marker) = marker {
            check.length("marker", marker, 1..=MARKER);
        }
        check.done()?;
        let after = marker.map(|marker| open(marker)).transpose()?.unwrap_or_default();
        Ok(Self { limit: limit.map_or(default, |limit| limit as u32), after })
    }

    /// How many items to look for: one more than shown tells whether there are more.
    pub(super) fn reach(&self) -> u32 {
        self.limit + 1
    }

    /// An answer with the items of this page under `name`; `place` is what a marker keeps of one.
    pub(super) fn answer<T>(
        &self,
        name: &str,
        mut items: Vec<T>,
        place: impl Fn(&T) -> String,
        view: impl Fn(&T) -> Value,
    ) -> Value {
        let more = items.len() > self.limit as usize;
        items.truncate(self.limit as usize);
        let views: Vec<Value> = items.iter().map(view).collect();
        let mut output = json!({ name: views, "Truncated": more });
        if let Some(last) = items.last().filter(|_| more) {
            output["NextMarker"] = json!(STANDARD.encode(place(last)));
        }
        output
    }
}

fn open(marker: &str) -> Result<String, Fault> {
    let bytes = STANDARD.decode(marker).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| {
        Fault::client(
            "InvalidMarkerException",
            format!("Could not deserialize marker '{marker:.64}'"),
        )
    })
}
