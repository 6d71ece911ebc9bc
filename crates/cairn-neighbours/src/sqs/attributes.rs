//! The attributes of queues: which there are, what they may be, what they are by default.

use cairn_core::AccountId;
use cairn_store::queue::Queue;
use serde_json::Value;

use super::access::is_policy;
use super::fault::{Code, Refusal};
use super::parse_arn;
use cairn_store::topic::Texts;

pub(super) const DELAY: &str = "DelaySeconds";
pub(super) const MAXIMUM: &str = "MaximumMessageSize";
pub(super) const RETENTION: &str = "MessageRetentionPeriod";
pub(super) const WAIT: &str = "ReceiveMessageWaitTimeSeconds";
pub(super) const VISIBILITY: &str = "VisibilityTimeout";
pub(super) const REDRIVE: &str = "RedrivePolicy";
const REDRIVE_ALLOW: &str = "RedriveAllowPolicy";
const KMS_KEY: &str = "KmsMasterKeyId";
const KMS_REUSE: &str = "KmsDataKeyReusePeriodSeconds";
const MANAGED: &str = "SqsManagedSseEnabled";
pub(super) const POLICY: &str = "Policy";

/// Numbers with their bounds and what they are where nobody set them.
const NUMBERS: [(&str, i64, i64, i64); 6] = [
    (DELAY, 0, 900, 0),
    (MAXIMUM, 1024, 1_048_576, 1_048_576),
    (RETENTION, 60, 1_209_600, 345_600),
    (WAIT, 0, 20, 0),
    (VISIBILITY, 0, 43_200, 30),
    (KMS_REUSE, 60, 86_400, 300),
];

/// Attributes that only SQS itself sets.
pub(super) const COMPUTED: [&str; 6] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Attributes that can be set.
const SETTABLE: [&str; 11] = [
    DELAY,
    MAXIMUM,
    RETENTION,
    WAIT,
    VISIBILITY,
    KMS_REUSE,
    REDRIVE,
    REDRIVE_ALLOW,
    KMS_KEY,
    MANAGED,
    POLICY,
];
const FIFO: &str = "FifoQueue";
/// Attributes that only FIFO queues have.
const FIFO_ONLY: [&str; 3] =
    ["ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];

/// `RedrivePolicy`, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Redrive {
    pub(super) target: String,
    pub(super) tries: u64,
}

/// `[A-Za-z0-9_-]{1,80}`.
pub(super) fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=80).contains(&name.len()) && name.bytes().all(legal)
}

/// Takes over what is given. What becomes empty is no longer set.
pub(super) fn apply(queue: &mut Queue, given: &Texts) -> Result<(), Refusal> {
    for (name, value) in given {
        check(name, value, queue.account, &queue.region)?;
        if value.is_empty() {
            queue.attributes.remove(name);
        } else {
            queue.attributes.insert(name.clone(), value.clone());
        }
        // One excludes the other.
        if name == KMS_KEY && !value.is_empty() {
            queue.attributes.insert(MANAGED.to_owned(), "false".to_owned());
        } else if name == MANAGED && value == "true" {
            queue.attributes.remove(KMS_KEY);
        }
    }
    queue.dead_letter = redrive(&queue.attributes).map(|redrive| redrive.target);
    Ok(())
}

fn check(name: &str, value: &str, account: AccountId, region: &str) -> Result<(), Refusal> {
    if name == FIFO && value != "false" {
        return Err(no_fifo());
    }
    if name == FIFO || FIFO_ONLY.contains(&name) || !SETTABLE.contains(&name) {
        return Err(unknown(name));
    }
    let legal = match name {
        POLICY => value.is_empty() || is_policy(value),
        REDRIVE => value.is_empty() || check_redrive(value, account, region)?,
        REDRIVE_ALLOW => value.is_empty() || is_redrive_allow(value),
        KMS_KEY => value.len() <= 2048 && !value.chars().any(char::is_control),
        MANAGED => matches!(value, "true" | "false"),
        _ => NUMBERS.iter().any(|(number, min, max, _)| {
            *number == name
                && value.parse::<i64>().is_ok_and(|found| (*min..=*max).contains(&found))
        }),
    };
    if legal {
        return Ok(());
    }
    let message = format!("Invalid value for the parameter {name}.");
    Err(Refusal::new(Code::InvalidAttributeValue, message))
}

/// The target belongs to the same account and Region; whether it exists shows when it is used.
fn check_redrive(value: &str, account: AccountId, region: &str) -> Result<bool, Refusal> {
    let Some(redrive) = parse_redrive(value) else {
        return Ok(false);
    };
    match parse_arn(&redrive.target) {
        Some((at, of, _)) if at == region && of == account => Ok(true),
        _ => Err(Refusal::value(format!(
            "Value {value:.512} for parameter RedrivePolicy is invalid. Reason: Dead-letter target \
             owner should be same as the source."
        ))),
    }
}

fn is_redrive_allow(value: &str) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_str(value) else {
        return false;
    };
    matches!(
        members.get("redrivePermission").and_then(Value::as_str),
        Some("allowAll" | "denyAll" | "byQueue")
    )
}

/// Whether a queue takes the dead letters of another one.
pub(super) fn takes_from(queue: &Queue, source: &str) -> bool {
    let policy = queue.attributes.get(REDRIVE_ALLOW);
    let Some(Ok(members)) = policy.map(|text| serde_json::from_str::<Value>(text)) else {
        return true;
    };
    match members["redrivePermission"].as_str() {
        Some("denyAll") => false,
        Some("byQueue") => {
            let listed = members["sourceQueueArns"].as_array();
            listed.is_some_and(|list| list.iter().any(|arn| arn == source))
        }
        _ => true,
    }
}

pub(super) fn redrive(attributes: &Texts) -> Option<Redrive> {
    parse_redrive(attributes.get(REDRIVE)?)
}

fn parse_redrive(value: &str) -> Option<Redrive> {
    let members: Value = serde_json::from_str(value).ok()?;
    let target = members.get("deadLetterTargetArn")?.as_str()?.to_owned();
    // Both spellings are in use.
    let tries = match members.get("maxReceiveCount")? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    (1..=1000).contains(&tries).then_some(Redrive { target, tries })
}

/// What is set, and what the others are by default.
pub(super) fn effective(queue: &Queue) -> Texts {
    let mut found = queue.attributes.clone();
    for (name, _, _, default) in NUMBERS {
        if name != KMS_REUSE || found.contains_key(KMS_KEY) {
            found.entry(name.to_owned()).or_insert_with(|| default.to_string());
        } else {
            found.remove(name);
        }
    }
    found.entry(MANAGED.to_owned()).or_insert_with(|| "true".to_owned());
    found
}

pub(super) fn number(queue: &Queue, name: &str) -> i64 {
    let set = queue.attributes.get(name).and_then(|text| text.parse().ok());
    let default = || NUMBERS.iter().find(|(number, ..)| *number == name).map(|row| row.3);
    set.or_else(default).unwrap_or_default()
}

/// Whether the name is one that can be asked for.
pub(super) fn is_known(name: &str) -> bool {
    SETTABLE.contains(&name)
        || COMPUTED.contains(&name)
        || FIFO_ONLY.contains(&name)
        || matches!(name, "All" | FIFO)
}

pub(super) fn unknown(name: &str) -> Refusal {
    Refusal::new(Code::InvalidAttributeName, format!("Unknown Attribute {name:.128}."))
}

pub(super) fn no_fifo() -> Refusal {
    let message = "FIFO queues are not supported; create a standard queue.";
    Refusal::new(Code::UnsupportedOperation, message)
}
