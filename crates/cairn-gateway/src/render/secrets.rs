//! Secrets, and how the records of each service show that there was one.

use cairn_event::{HIDDEN, Json, Redactor};

use super::Asked;

/// What stands where a secret was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// [`HIDDEN`]
    Hidden,
    /// `<sensitiveDataRemoved>`
    Removed,
    /// Nothing: the member is left out.
    Absent,
}

const REMOVED: &str = "<sensitiveDataRemoved>";

/// Hides what the model marks (already [`HIDDEN`]), what is a secret everywhere, and what this
/// service's records never show.
pub(super) fn hide(json: &mut Json, asked: &Asked<'_>) {
    let known = asked.operation.map(|operation| operation.name);
    let redactor = if known.is_some() { Redactor::known(&[]) } else { Redactor::unknown() };
    redactor.redact(json);
    if let Some(service) = asked.service {
        let also = also_hidden(service.name, known.unwrap_or_default());
        let mark = mark_of(service.name);
        if mark != Mark::Hidden || !also.is_empty() {
            spell(json, mark, also);
        }
    }
}

/// How the records of a service show a secret.
fn mark_of(service: &str) -> Mark {
    match service {
        "ec2" => Mark::Removed,
        "iam" | "kms" | "lambda" | "secretsmanager" | "sts" => Mark::Absent,
        _ => Mark::Hidden,
    }
}

/// Members that records of a service do not show though no model calls them secret: what data calls
/// carry, ciphertext, parameters of templates. Names are as records have them.
fn also_hidden(service: &str, operation: &str) -> &'static [(&'static str, Mark)] {
    match service {
        "apigateway" if operation == "CreateApiKey" => &[("value", Mark::Hidden)],
        "cloudformation" => &[("parameterValue", Mark::Absent)],
        // The event is a record of its own, and the id is what a channel's policy asks for.
        "cloudtrail-data" => &[("eventData", Mark::Hidden), ("externalId", Mark::Hidden)],
        "email" | "ses" | "sesv2" => &[
            ("content", Mark::Hidden),
            ("message", Mark::Hidden),
            ("rawMessage", Mark::Hidden),
            ("templateData", Mark::Hidden),
        ],
        "events" => &[("detail", Mark::Hidden)],
        "firehose" | "kinesis" => &[("data", Mark::Absent)],
        "kms" => &[
            ("attestationDocument", Mark::Absent),
            ("ciphertextBlob", Mark::Absent),
            ("ciphertextForRecipient", Mark::Absent),
            ("encryptedKeyMaterial", Mark::Absent),
            ("importToken", Mark::Absent),
            ("mac", Mark::Absent),
            ("message", Mark::Absent),
            ("privateKeyCiphertextBlob", Mark::Absent),
            ("publicKey", Mark::Absent),
            ("signature", Mark::Absent),
        ],
        "logs" => &[("logEvents", Mark::Absent)],
        "sns" => &[
            ("message", Mark::Hidden),
            ("messageAttributes", Mark::Hidden),
            ("subject", Mark::Hidden),
        ],
        "sqs" => &[
            ("messageAttributes", Mark::Hidden),
            ("messageBody", Mark::Hidden),
            ("messageSystemAttributes", Mark::Hidden),
        ],
        "ssm" => &[("content", Mark::Absent)],
        _ => &[],
    }
}

fn spell(json: &mut Json, mark: Mark, also: &[(&str, Mark)]) {
    match json {
        Json::List(elements) => elements.retain_mut(|element| {
            if is_hidden(element) {
                return put(element, mark);
            }
            spell(element, mark, also);
            true
        }),
        Json::Map(members) => members.retain_mut(|(name, value)| {
            if let Some((_, mark)) = also.iter().find(|(hidden, _)| hidden == name) {
                return put(value, *mark);
            }
            if is_hidden(value) {
                return put(value, mark);
            }
            spell(value, mark, also);
            true
        }),
        _ => {}
    }
}

fn is_hidden(value: &Json) -> bool {
    value.as_str() == Some(HIDDEN)
}

/// Puts the mark where the value was; says whether anything is left there.
fn put(value: &mut Json, mark: Mark) -> bool {
    match mark {
        Mark::Hidden => *value = HIDDEN.into(),
        Mark::Removed => *value = REMOVED.into(),
        Mark::Absent => return false,
    }
    true
}
