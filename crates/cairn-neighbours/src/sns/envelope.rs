//! Messages as subscribers get them: JSON with a signature, or the bare text.

use cairn_core::Timestamp;
use cairn_store::notice::{Notice, Publication};
use cairn_store::subscription::Subscription;
use serde_json::{Map, Value, json};

use super::subscriptions::RAW;
use super::{CERTIFICATE_PATH, Sns};

/// A message on its way to one subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) kind: Kind,
    pub(super) message_id: String,
    pub(super) body: String,
    /// Whether the body is the bare text.
    pub(super) raw: bool,
    /// Message attributes; only what is raw carries them beside its body.
    pub(super) attributes: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Notification,
    Confirmation,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Notification => "Notification",
            Self::Confirmation => "SubscriptionConfirmation",
        }
    }
}

impl Sns {
    pub(super) fn letter(&self, subscription: &Subscription, notice: &Notice) -> Option<Letter> {
        match (&notice.publication, &subscription.token) {
            (Some(publication), _) => {
                let message = notice.own.as_deref().unwrap_or(&publication.message);
                Some(self.notification(subscription, publication, message))
            }
            (None, Some(token)) => Some(self.confirmation(subscription, token)),
            // It has confirmed meanwhile.
            (None, None) => None,
        }
    }

    fn notification(
        &self,
        subscription: &Subscription,
        publication: &Publication,
        message: &str,
    ) -> Letter {
        let attributes: Map<String, Value> =
            serde_json::from_str(&publication.attributes).unwrap_or_default();
        let letter = |body: String, raw: bool, attributes| Letter {
            kind: Kind::Notification,
            message_id: publication.message_id.clone(),
            body,
            raw,
            attributes,
        };
        if subscription.attributes.get(RAW).is_some_and(|raw| raw == "true") {
            return letter(message.to_owned(), true, attributes);
        }
        let at = instant(publication.published);
        let mut signed = vec![("Message", message), ("MessageId", &publication.message_id)];
        signed.extend(publication.subject.as_deref().map(|subject| ("Subject", subject)));
        signed.extend([
            ("Timestamp", at.as_str()),
            ("TopicArn", subscription.topic.as_str()),
            ("Type", Kind::Notification.name()),
        ]);
        let leave =
            format!("{}/?Action=Unsubscribe&SubscriptionArn={}", self.endpoint, subscription.arn);
        let mut members = vec![
            ("Type", Kind::Notification.name()),
            ("MessageId", &publication.message_id),
            ("TopicArn", &subscription.topic),
        ];
        members.extend(publication.subject.as_deref().map(|subject| ("Subject", subject)));
        members.extend([("Message", message), ("Timestamp", &at)]);
        let shown: Map<String, Value> = attributes.iter().map(shown).collect();
        letter(
            self.sealed(&members, &signed, Some(("UnsubscribeURL", &leave)), shown),
            false,
            Map::new(),
        )
    }

    fn confirmation(&self, subscription: &Subscription, token: &str) -> Letter {
        let topic = &subscription.topic;
        let message = format!(
            "You have chosen to subscribe to the topic {topic}.\nTo confirm the subscription, \
             visit the SubscribeURL included in this message."
        );
        let at = instant(subscription.created);
        let visit =
            format!("{}/?Action=ConfirmSubscription&TopicArn={topic}&Token={token}", self.endpoint);
        // The same at every try, so that a reader can tell a repetition.
        let message_id = in_groups(token);
        let signed = [
            ("Message", message.as_str()),
            ("MessageId", &message_id),
            ("SubscribeURL", &visit),
            ("Timestamp", &at),
            ("Token", token),
            ("TopicArn", topic),
            ("Type", Kind::Confirmation.name()),
        ];
        let members = [
            ("Type", Kind::Confirmation.name()),
            ("MessageId", &message_id),
            ("Token", token),
            ("TopicArn", topic),
            ("Message", &message),
            ("SubscribeURL", &visit),
            ("Timestamp", &at),
        ];
        let body = self.sealed(&members, &signed, None, Map::new());
        Letter { kind: Kind::Confirmation, message_id, body, raw: false, attributes: Map::new() }
    }

    /// One member a line, as readers have come to expect.
    fn sealed(
        &self,
        members: &[(&str, &str)],
        signed: &[(&str, &str)],
        last: Option<(&str, &str)>,
        attributes: Map<String, Value>,
    ) -> String {
        let text: String =
            signed.iter().flat_map(|(name, value)| [*name, "\n", *value, "\n"]).collect();
        let signature = self.notary.sign(&text);
        let certificate = format!("{}{CERTIFICATE_PATH}", self.endpoint);
        let seal = [
            ("SignatureVersion", "2"),
            ("Signature", signature.as_str()),
            ("SigningCertURL", certificate.as_str()),
        ];
        let line = |(name, value): (&str, &str)| format!("  \"{name}\" : {}", Value::from(value));
        let mut lines: Vec<String> =
            members.iter().copied().chain(seal).chain(last).map(line).collect();
        if !attributes.is_empty() {
            lines.push(format!("  \"MessageAttributes\" : {}", Value::Object(attributes)));
        }
        format!("{{\n{}\n}}", lines.join(",\n"))
    }
}

/// The first half of a token in the form of a UUID.
fn in_groups(token: &str) -> String {
    let part = |from: usize, to: usize| token.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn shown((name, value): (&String, &Value)) -> (String, Value) {
    let text = value["StringValue"].as_str().or_else(|| value["BinaryValue"].as_str());
    (name.clone(), json!({"Type": value["DataType"], "Value": text}))
}

/// `2012-05-02T00:54:06.655Z`.
fn instant(at: Timestamp) -> String {
    let seconds = at.to_string();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.millis().rem_euclid(1000))
}
