//! What a message may be, and how it gets into a queue.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::Timestamp;
use cairn_store::message::{self, NewMessage};
use cairn_store::queue::Queue;
use cairn_store::{StoreError, Txn};
use serde_json::{Map, Value};

use super::attributes::{self, DELAY, MAXIMUM, RETENTION};
use super::fault::{Code, Refusal};
use super::input::Input;

/// Message attributes of one message.
const ATTRIBUTES: usize = 10;
/// Bytes of a message attribute's name, and of its type.
const NAME_BYTES: usize = 256;
/// The one system attribute that a client may set.
const TRACE: &str = "AWSTraceHeader";

/// A message that was looked through.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) body: String,
    pub(super) attributes: Map<String, Value>,
    pub(super) system: Map<String, Value>,
    delay: Option<i64>,
}

impl Draft {
    pub(super) fn read(input: &Input, queue: &Queue) -> Result<Self, Refusal> {
        let body = input.required("MessageBody")?.to_owned();
        check_characters(&body)?;
        let attributes = input.object("MessageAttributes")?.cloned().unwrap_or_default();
        check_attributes(&attributes)?;
        let system = input.object("MessageSystemAttributes")?.cloned().unwrap_or_default();
        check_system(&system)?;
        if input.text("MessageDeduplicationId")?.is_some() {
            return Err(Refusal::value(
                "The request include parameter that is not valid for this queue type",
            ));
        }
        let reason = "DelaySeconds must be >= 0 and <= 900.";
        let delay = input.bounded("DelaySeconds", 0..=900, reason)?;
        let draft = Self { body, attributes, system, delay };
        let maximum = attributes::number(queue, MAXIMUM);
        if draft.size() > maximum as usize {
            return Err(Refusal::value(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than \
                 {maximum} bytes."
            )));
        }
        Ok(draft)
    }

    /// Bytes of the body and of the attributes, as AWS counts them.
    pub(super) fn size(&self) -> usize {
        let attribute = |(name, value): (&String, &Value)| {
            let length = |member: &str| value[member].as_str().map_or(0, str::len);
            let bytes = length("BinaryValue") / 4 * 3;
            name.len() + length("DataType") + length("StringValue") + bytes
        };
        self.body.len() + self.attributes.iter().map(attribute).sum::<usize>()
    }

    /// Puts the message into the queue.
    pub(super) async fn send(
        &self,
        txn: &mut Txn,
        queue: &Queue,
        message_id: &str,
        sender: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let trace = self.system.get(TRACE).and_then(|value| value["StringValue"].as_str());
        let letter = Letter {
            message_id,
            sender,
            body: &self.body,
            attributes: &self.attributes,
            trace,
            delay: self.delay,
        };
        deposit(txn, queue, &letter, now).await
    }
}

/// A message as it is put into a queue.
pub(crate) struct Letter<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) sender: &'a str,
    pub(crate) body: &'a str,
    pub(crate) attributes: &'a Map<String, Value>,
    pub(crate) trace: Option<&'a str>,
    /// In seconds; what the queue says where it is not given.
    pub(crate) delay: Option<i64>,
}

/// Puts a message into a queue. Whoever commits rings the queue's bell.
pub(crate) async fn deposit(
    txn: &mut Txn,
    queue: &Queue,
    letter: &Letter<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let seconds = |seconds: i64| Duration::from_secs(seconds.unsigned_abs());
    let delay = letter.delay.unwrap_or_else(|| attributes::number(queue, DELAY));
    let attributes = Value::Object(letter.attributes.clone()).to_string();
    let new = NewMessage {
        message_id: letter.message_id,
        sender: letter.sender,
        sent: now,
        visible: now.saturating_add(seconds(delay)),
        expires: now.saturating_add(seconds(attributes::number(queue, RETENTION))),
        trace: letter.trace,
        attributes: &attributes,
        body: letter.body,
    };
    message::send(txn, queue.id, &new).await
}

/// Only what XML can carry.
fn check_characters(body: &str) -> Result<(), Refusal> {
    let legal = |c: char| match c {
        '\t' | '\n' | '\r' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => c >= ' ',
    };
    let Some(found) = body.chars().find(|c| !legal(*c)) else {
        return Ok(());
    };
    Err(Refusal::new(
        Code::InvalidMessageContents,
        format!(
            "Invalid binary character '#x{:X}' was found in the message body, the set of allowed \
             characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to \
             #x10FFFF",
            u32::from(found)
        ),
    ))
}

fn check_attributes(attributes: &Map<String, Value>) -> Result<(), Refusal> {
    if attributes.len() > ATTRIBUTES {
        return Err(Refusal::value(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{ATTRIBUTES}].",
            attributes.len()
        )));
    }
    attributes.iter().try_for_each(|(name, value)| {
        check_name(name)?;
        check_value(name, value)
    })
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let lower = name.to_ascii_lowercase();
    let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    if name.is_empty() || name.len() > NAME_BYTES || !name.bytes().all(legal) || reserved || dots {
        return Err(Refusal::value(format!(
            "Message (user) attribute name can contain the following characters: A-Z, a-z, 0-9, \
             underscore (_), hyphen (-), and period (.), and must not start with AWS. or Amazon.: \
             '{name:.256}'."
        )));
    }
    Ok(())
}

fn check_value(name: &str, value: &Value) -> Result<(), Refusal> {
    let member = |member: &str| value.get(member).and_then(Value::as_str);
    let Some(kind) = member("DataType").filter(|kind| !kind.is_empty()) else {
        return Err(Refusal::value(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        )));
    };
    let filled = match kind.split('.').next() {
        Some("String" | "Number") => member("StringValue").is_some_and(|text| !text.is_empty()),
        Some("Binary") => {
            let bytes = member("BinaryValue").and_then(|text| STANDARD.decode(text).ok());
            bytes.is_some_and(|bytes| !bytes.is_empty())
        }
        _ => {
            return Err(Refusal::value(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    if !filled || kind.len() > NAME_BYTES {
        return Err(Refusal::value(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for \
             message attribute type '{kind:.64}'."
        )));
    }
    let is_number = kind.split('.').next() == Some("Number");
    if is_number && member("StringValue").is_none_or(|text| text.parse::<f64>().is_err()) {
        return Err(Refusal::value(format!(
            "Can't cast the value of message (user) attribute '{name}' to a number."
        )));
    }
    Ok(())
}

fn check_system(system: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in system {
        if name != TRACE || value["DataType"] != "String" {
            return Err(Refusal::value(format!(
                "Message system attribute name '{name:.128}' is invalid."
            )));
        }
        check_value(name, value)?;
    }
    Ok(())
}
