//! The shapes of Cairn's own read operations.

use serde::{Deserialize, Serialize};

/// What a search or a tail is limited to; all given conditions must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Filter {
    pub(crate) attributes: Vec<AttributePair>,
    /// Found anywhere in the record's bytes, case-sensitive.
    pub(crate) text: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) category: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributePair {
    pub(crate) attribute_key: String,
    pub(crate) attribute_value: String,
}

/// A record as Cairn's own operations show it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Found {
    /// Place in the journal.
    pub(crate) seq: u64,
    /// When Cairn stored it, as seconds since 1970.
    pub(crate) ingest_time: f64,
    /// The record's exact bytes.
    pub(crate) record: String,
}

impl From<&cairn_journal::Record> for Found {
    fn from(record: &cairn_journal::Record) -> Self {
        Self {
            seq: record.seq.0,
            ingest_time: record.ingested.millis() as f64 / 1000.0,
            // Events are UTF-8 by the parser's rule, so nothing is lost here.
            record: String::from_utf8_lossy(&record.raw).into_owned(),
        }
    }
}
