//! What became of everything that was sent.

use std::cell::RefCell;
use std::time::Duration;

use serde_json::{Value, json};

use super::IngestError;
use crate::client::{Conflict, Ingested};

/// The lanes run on one thread, so they share it plainly.
pub(super) type Shared = RefCell<Tally>;

/// Messages kept of each sort; the numbers are always whole.
const MESSAGES: usize = 10;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Sources read to their end.
    pub(super) files: u64,
    stored: u64,
    duplicates: u64,
    quarantined: u64,
    refused: u64,
    unread: u64,
    conflict_count: usize,
    conflicts: Vec<Conflict>,
    messages: Vec<String>,
}

impl Tally {
    pub(super) fn add(&mut self, ingested: Ingested) {
        self.stored += ingested.stored;
        self.duplicates += ingested.duplicates;
        self.quarantined += ingested.quarantined;
        self.conflict_count += ingested.conflicts.len();
        let room = MESSAGES.saturating_sub(self.conflicts.len());
        self.conflicts.extend(ingested.conflicts.into_iter().take(room));
    }

    pub(super) fn refused(&mut self, records: u64, reason: String) {
        self.refused += records;
        self.say(format!("{records} records refused: {reason}"));
    }

    pub(super) fn unread(&mut self, reason: String) {
        self.unread += 1;
        self.say(reason);
    }

    /// What went wrong, a line each; the first few of each sort.
    pub(crate) fn troubles(&self) -> Vec<String> {
        let conflict = |conflict: &Conflict| {
            format!("conflict: event {}: {}", conflict.event_id, conflict.message)
        };
        self.messages.iter().cloned().chain(self.conflicts.iter().map(conflict)).collect()
    }

    /// One line that says it all.
    pub(crate) fn summary(&self, took: Duration) -> String {
        let Self { files, stored, duplicates, quarantined, .. } = self;
        let plural = if *files == 1 { "file" } else { "files" };
        format!(
            "{files} {plural}: {stored} stored, {duplicates} duplicates, \
             {quarantined} quarantined, {} conflicts in {:.1} s ({:.0} events/s)",
            self.conflict_count,
            took.as_secs_f64(),
            self.rate(took),
        )
    }

    pub(crate) fn to_json(&self, took: Duration) -> Value {
        json!({
            "Files": self.files,
            "Stored": self.stored,
            "Duplicates": self.duplicates,
            "Quarantined": self.quarantined,
            "ConflictCount": self.conflict_count,
            "Conflicts": self.conflicts,
            "Refused": self.refused,
            "FilesUnread": self.unread,
            "Seconds": took.as_secs_f64(),
            "EventsPerSecond": self.rate(took),
        })
    }

    /// An error unless everything was taken.
    pub(crate) fn outcome(&self) -> Result<(), IngestError> {
        let (conflicts, refused, unread) = (self.conflict_count, self.refused, self.unread);
        if conflicts == 0 && refused == 0 && unread == 0 {
            return Ok(());
        }
        Err(IngestError::Incomplete { conflicts, refused, unread })
    }

    fn rate(&self, took: Duration) -> f64 {
        let events = self.stored + self.duplicates + self.quarantined;
        events as f64 / took.as_secs_f64().max(0.001)
    }

    fn say(&mut self, message: String) {
        if self.messages.len() < MESSAGES {
            self.messages.push(message);
        }
    }
}
