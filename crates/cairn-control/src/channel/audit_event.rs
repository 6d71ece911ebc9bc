//! Whether an event from outside has the form that all of them have.

use std::net::IpAddr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cairn_core::{AccountId, Timestamp, limits};
use serde_json::{Map, Value};

use super::audit_request::Entry;

/// How large an event may be: what all stores take that its channel feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Its objects are bounded, too.
    Standard,
    Large,
}

impl Size {
    /// Of a whole record.
    const fn bytes(self) -> usize {
        match self {
            Self::Standard => limits::RECORD_BYTES,
            Self::Large => limits::LARGE_RECORD_BYTES,
        }
    }

    /// Refuses a record that is larger.
    pub(super) fn check(self, record: &[u8]) -> Result<(), Flaw> {
        let (has, may) = (record.len(), self.bytes());
        if has <= may {
            return Ok(());
        }
        let text = format!("the event has {has} bytes with the members of its record");
        Err(self.too_long(text, may))
    }

    fn too_long(self, what: String, most: usize) -> Flaw {
        let remedy = match self {
            Self::Standard => {
                let large = limits::LARGE_RECORD_BYTES;
                format!(
                    "shorten it, or set MaxEventSize of every event data store that the channel \
                         feeds to Large, which allows {large} bytes for the event"
                )
            }
            Self::Large => "shorten it".to_owned(),
        };
        flaw("FieldTooLong", format!("{what}, and may have {most}: {remedy}"))
    }
}

/// An event that can be stored.
#[derive(Debug)]
pub(super) struct Audit<'a> {
    pub(super) time: Timestamp,
    /// The document, as it was given.
    pub(super) data: &'a str,
}

/// Why one event is refused.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// A text of the document: its name, how long it may be, and whether it must be there.
struct Text(&'static str, usize, bool);

const TEXTS: [Text; 9] = [
    Text("version", 256, true),
    Text("userAgent", 1024, false),
    Text("eventSource", 1024, true),
    Text("eventName", 1024, true),
    Text("eventTime", 1024, true),
    Text("UID", 1024, true),
    Text("errorCode", 256, false),
    Text("errorMessage", 256, false),
    Text("recipientAccountId", 1024, true),
];

const IDENTITY: [Text; 2] = [Text("type", 128, true), Text("principalId", 1024, true)];

/// Objects, and the bytes that each may have in an event that may not be large.
const OBJECTS: [(&str, usize); 3] = [
    ("requestParameters", limits::PARAMETERS_BYTES),
    ("responseElements", limits::PARAMETERS_BYTES),
    ("additionalEventData", limits::ADDITIONAL_DATA_BYTES),
];

/// The event, if it is for the owner of the channel. What its record is in all is not checked yet.
pub(super) fn checked(entry: &Entry, owner: AccountId, size: Size) -> Result<Audit<'_>, Flaw> {
    check_sum(entry)?;
    let document: Map<String, Value> = serde_json::from_str(&entry.event_data)
        .map_err(|error| flaw("InvalidData", format!("eventData is no JSON object: {error}")))?;
    check_texts(&document, "", &TEXTS)?;
    check_identity(&document)?;
    for (name, bytes) in OBJECTS {
        check_object(&document, name, bytes, size)?;
    }
    check_address(&document)?;
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("eventSource").contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
        let message = "eventSource is not the name of a source".to_owned();
        return Err(flaw("InvalidEventSource", message));
    }
    if text("recipientAccountId").parse() != Ok(owner) {
        let message = "recipientAccountId is not the account of the channel's owner".to_owned();
        return Err(flaw("InvalidRecipient", message));
    }
    Ok(Audit { time: time(text("eventTime"))?, data: entry.event_data.trim() })
}

fn check_sum(entry: &Entry) -> Result<(), Flaw> {
    let Some(given) = &entry.event_data_checksum else { return Ok(()) };
    let sum = digest::digest(&digest::SHA256, entry.event_data.as_bytes());
    if *given == STANDARD.encode(sum.as_ref()) {
        return Ok(());
    }
    let message = "eventDataChecksum is not the base64 of the SHA-256 of eventData".to_owned();
    Err(flaw("InvalidChecksum", message))
}

fn check_texts(document: &Map<String, Value>, within: &str, texts: &[Text]) -> Result<(), Flaw> {
    for Text(name, longest, required) in texts {
        match document.get(*name) {
            None | Some(Value::Null) if !required => {}
            None | Some(Value::Null) => return Err(missing(within, name)),
            Some(Value::String(text)) if text.is_empty() && *required => {
                return Err(missing(within, name));
            }
            Some(Value::String(text)) if text.chars().count() > *longest => {
                let message = format!("{within}{name} has more than {longest} characters");
                return Err(flaw("FieldTooLong", message));
            }
            Some(Value::String(_)) => {}
            Some(_) => return Err(flaw("InvalidData", format!("{within}{name} is no string"))),
        }
    }
    Ok(())
}

fn check_identity(document: &Map<String, Value>) -> Result<(), Flaw> {
    let identity = match document.get("userIdentity") {
        Some(Value::Object(identity)) => identity,
        None | Some(Value::Null) => return Err(missing("", "userIdentity")),
        Some(_) => return Err(flaw("InvalidData", "userIdentity is no object".to_owned())),
    };
    check_texts(identity, "userIdentity.", &IDENTITY)?;
    match identity.get("details") {
        None | Some(Value::Null | Value::Object(_)) => Ok(()),
        Some(_) => Err(flaw("InvalidData", "userIdentity.details is no object".to_owned())),
    }
}

fn check_object(
    document: &Map<String, Value>,
    name: &str,
    most: usize,
    size: Size,
) -> Result<(), Flaw> {
    let object = match document.get(name) {
        None | Some(Value::Null) => return Ok(()),
        Some(object @ Value::Object(_)) => object,
        Some(_) => return Err(flaw("InvalidData", format!("{name} is no object"))),
    };
    if size == Size::Large {
        return Ok(());
    }
    let has = object.to_string().len();
    if has <= most { Ok(()) } else { Err(size.too_long(format!("{name} has {has} bytes"), most)) }
}

fn check_address(document: &Map<String, Value>) -> Result<(), Flaw> {
    match document.get("sourceIPAddress") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(text)) if text.parse::<IpAddr>().is_ok() => Ok(()),
        Some(_) => {
            let message = "sourceIPAddress is no IPv4 and no IPv6 address".to_owned();
            Err(flaw("InvalidData", message))
        }
    }
}

/// `yyyy-MM-DDTHH:mm:ss`, with or without `Z`.
fn time(text: &str) -> Result<Timestamp, Flaw> {
    let seconds = text.strip_suffix('Z').unwrap_or(text);
    let parsed = (seconds.len() == 19).then(|| Timestamp::parse(&format!("{seconds}Z"))).flatten();
    parsed.ok_or_else(|| {
        flaw("InvalidData", "eventTime is not written as yyyy-MM-DDTHH:mm:ss".to_owned())
    })
}

fn missing(within: &str, name: &str) -> Flaw {
    flaw("FieldNotFound", format!("{within}{name} is missing"))
}

pub(super) fn flaw(code: &'static str, message: String) -> Flaw {
    Flaw { code, message }
}
