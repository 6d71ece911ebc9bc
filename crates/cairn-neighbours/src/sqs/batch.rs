//! Batches: up to ten entries, each with an answer of its own.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::fault::{Code, Refusal};
use super::input::Input;

/// Entries of one batch.
const ENTRIES: usize = 10;

/// What became of the entries.
#[derive(Default)]
pub(super) struct Outcome {
    successful: Vec<Value>,
    failed: Vec<Value>,
}

impl Outcome {
    /// `members` are what a call of its own would answer.
    pub(super) fn succeeded(&mut self, id: &str, members: Map<String, Value>) {
        let mut entry = Map::from_iter([("Id".to_owned(), id.into())]);
        entry.extend(members);
        self.successful.push(Value::Object(entry));
    }

    pub(super) fn failed(&mut self, id: &str, refusal: &Refusal) {
        self.failed.push(json!({
            "Id": id,
            "SenderFault": refusal.code.is_sender(),
            "Code": refusal.code.query(),
            "Message": refusal.message,
        }));
    }

    pub(super) fn output(self) -> Map<String, Value> {
        let mut output = Map::from_iter([("Successful".to_owned(), json!(self.successful))]);
        if !self.failed.is_empty() {
            output.insert("Failed".to_owned(), json!(self.failed));
        }
        output
    }
}

/// The entries with their ids, if the batch as a whole is well formed.
pub(super) fn read(input: &Input, element: &str) -> Result<Vec<(String, Input)>, Refusal> {
    let entries = input.entries("Entries")?;
    if entries.is_empty() {
        let message = format!("There should be at least one {element} in the request.");
        return Err(Refusal::new(Code::EmptyBatchRequest, message));
    }
    if entries.len() > ENTRIES {
        return Err(Refusal::new(
            Code::TooManyEntries,
            format!(
                "Maximum number of entries per request are {ENTRIES}. You have sent {}.",
                entries.len()
            ),
        ));
    }
    let mut seen = BTreeSet::new();
    let mut read = Vec::with_capacity(entries.len());
    for entry in entries {
        let id = entry.required("Id")?.to_owned();
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if id.len() > 80 || !id.bytes().all(legal) {
            return Err(Refusal::new(
                Code::InvalidBatchEntryId,
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id.clone()) {
            let message = format!("Id {id} repeated.");
            return Err(Refusal::new(Code::BatchEntryIdsNotDistinct, message));
        }
        read.push((id, entry));
    }
    Ok(read)
}
