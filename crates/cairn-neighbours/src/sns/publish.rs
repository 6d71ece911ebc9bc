//! Publish and PublishBatch.

use std::collections::BTreeSet;

use cairn_core::event_id;
use cairn_store::notice::{self, Publication};
use cairn_store::topic::{self, Topic};
use cairn_store::{Txn, subscription};
use cairn_wire::Fault;
use cairn_wire::query::Params;
use serde_json::{Map, Value};

use super::filter::Filter;
use super::subscribe::way;
use super::{Call, Done, Sns, fault, form};
use crate::sqs::access::Access;

/// Bytes of a message and its attributes, and of all in a batch.
const MESSAGE_BYTES: usize = 262_144;
/// Characters of a subject.
const SUBJECT: usize = 100;
/// Entries of one batch.
const ENTRIES: usize = 10;

/// A message that was looked through.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    subject: Option<String>,
    /// Where each protocol has words of its own, these are the default.
    message: String,
    own: Map<String, Value>,
    attributes: Map<String, Value>,
}

impl Sns {
    pub(super) async fn publish(&self, call: &Call<'_>) -> Done {
        let topic = self.target(call).await?;
        let draft = Draft::read(&call.params, "")?;
        let id = self.publish_draft(&topic, &draft).await?;
        Ok(Box::new(move |xml| xml.text("MessageId", &id)))
    }

    /// All entries that are well formed are durable together.
    pub(super) async fn publish_batch(&self, call: &Call<'_>) -> Done {
        let topic = self.target(call).await?;
        let entries = entries(&call.params)?;
        let drafts: Vec<(String, Result<Draft, Fault>)> = entries
            .into_iter()
            .map(|(id, prefix)| (id, Draft::read(&call.params, &prefix)))
            .collect();
        let sizes = drafts.iter().filter_map(|(_, draft)| draft.as_ref().ok().map(Draft::size));
        if sizes.sum::<usize>() > MESSAGE_BYTES {
            return Err(Fault::client(
                "BatchRequestTooLong",
                format!(
                    "The length of all the messages put together is more than the limit: \
                     {MESSAGE_BYTES} bytes."
                ),
            ));
        }
        let mut done = Vec::with_capacity(drafts.len());
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        for (id, draft) in drafts {
            let outcome = match draft {
                Ok(draft) => Ok(self.put(&mut txn, &topic, &draft).await?),
                Err(fault) => Err(fault),
            };
            done.push((id, outcome));
        }
        txn.commit().await.map_err(fault::store)?;
        self.wake_both();
        Ok(Box::new(move |xml| {
            xml.nest("Successful", |xml| {
                for (id, outcome) in &done {
                    if let Ok(message_id) = outcome {
                        xml.nest("member", |xml| {
                            xml.text("Id", id);
                            xml.text("MessageId", message_id);
                        });
                    }
                }
            });
            xml.nest("Failed", |xml| {
                for (id, outcome) in &done {
                    if let Err(fault) = outcome {
                        xml.nest("member", |xml| {
                            xml.text("Id", id);
                            xml.text("Code", &fault.code);
                            xml.text("Message", &fault.message);
                            xml.text("SenderFault", "true");
                        });
                    }
                }
            });
        }))
    }

    /// Durable when it returns. Gives the message's id.
    pub(super) async fn publish_draft(
        &self,
        topic: &Topic,
        draft: &Draft,
    ) -> Result<String, Fault> {
        let mut txn = self.parts.store.begin().await.map_err(fault::store)?;
        let id = self.put(&mut txn, topic, draft).await?;
        txn.commit().await.map_err(fault::store)?;
        self.wake_both();
        Ok(id)
    }

    async fn target(&self, call: &Call<'_>) -> Result<Topic, Fault> {
        if call.params.get("PhoneNumber").is_some() {
            return Err(fault::invalid("PhoneNumber Reason: messages to phones are not supported"));
        }
        let parameter =
            if call.params.get("TargetArn").is_some() { "TargetArn" } else { "TopicArn" };
        self.topic(call, parameter, "Publish", Access::Write).await
    }

    /// A notice for everybody whose filter lets the message through.
    async fn put(&self, txn: &mut Txn, topic: &Topic, draft: &Draft) -> Result<String, Fault> {
        let found = topic::find(txn, &topic.arn).await.map_err(fault::store)?;
        found.ok_or_else(fault::no_topic)?;
        let publication = Publication {
            message_id: event_id(&*self.parts.entropy),
            subject: draft.subject.clone(),
            message: draft.message.clone(),
            attributes: Value::Object(draft.attributes.clone()).to_string(),
            published: self.now(),
        };
        let subscribed = subscription::confirmed(txn, &topic.arn).await.map_err(fault::store)?;
        let mut to = Vec::with_capacity(subscribed.len());
        for found in &subscribed {
            let own = draft.own.get(&found.protocol).and_then(Value::as_str);
            let filter = Filter::of(&found.attributes)?;
            if filter.lets_through(&draft.attributes, own.unwrap_or(&draft.message)) {
                to.push((&*found.arn, way(&found.protocol), own));
            }
        }
        notice::publish(txn, &publication, &to).await.map_err(fault::store)?;
        Ok(publication.message_id)
    }

    fn wake_both(&self) {
        self.for_queues.wake();
        self.for_web.wake();
    }
}

impl Draft {
    /// A message without attributes, as services publish.
    pub(super) fn plain(subject: Option<&str>, message: &str) -> Result<Self, Fault> {
        let draft = Self {
            subject: subject.map(str::to_owned),
            message: message.to_owned(),
            own: Map::new(),
            attributes: Map::new(),
        };
        draft.check()?;
        Ok(draft)
    }

    /// `prefix` is empty, or that of an entry with its dot.
    fn read(params: &Params, prefix: &str) -> Result<Self, Fault> {
        let get = |name: &str| params.get(&format!("{prefix}{name}"));
        let mut draft = Self {
            subject: get("Subject").map(str::to_owned),
            message: get("Message").unwrap_or_default().to_owned(),
            own: Map::new(),
            attributes: form::attributes(params, prefix),
        };
        match get("MessageStructure") {
            None | Some("") => {}
            Some("json") => draft.split()?,
            Some(_) => return Err(fault::invalid("MessageStructure")),
        }
        draft.check()?;
        Ok(draft)
    }

    /// Takes a message apart that has words for each protocol.
    fn split(&mut self) -> Result<(), Fault> {
        let Ok(Value::Object(own)) = serde_json::from_str(&self.message) else {
            return Err(fault::invalid("Message Structure - JSON message body failed to parse"));
        };
        let Some(Value::String(default)) = own.get("default") else {
            return Err(fault::invalid(
                "Message Structure - No default entry in JSON message body",
            ));
        };
        self.message = default.clone();
        self.own = own;
        self.own.remove("default");
        Ok(())
    }

    fn check(&self) -> Result<(), Fault> {
        if self.message.is_empty() {
            return Err(fault::invalid("Empty message"));
        }
        if self.size() > MESSAGE_BYTES {
            return Err(fault::invalid("Message too long"));
        }
        if let Some(subject) = &self.subject {
            let legal = subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
            let starts = subject.bytes().next().is_some_and(|byte| byte.is_ascii_graphic());
            if !legal || !starts || subject.len() > SUBJECT {
                return Err(fault::parameter("Subject"));
            }
        }
        self.attributes.iter().try_for_each(|(name, value)| check_attribute(name, value))
    }

    fn size(&self) -> usize {
        let text = |value: &Value, member: &str| value[member].as_str().map_or(0, str::len);
        let attribute = |(name, value): (&String, &Value)| {
            let members = ["DataType", "StringValue", "BinaryValue"];
            name.len() + members.iter().map(|member| text(value, member)).sum::<usize>()
        };
        let own: usize = self.own.values().map(|value| value.as_str().map_or(0, str::len)).sum();
        self.message.len() + own + self.attributes.iter().map(attribute).sum::<usize>()
    }
}

fn check_attribute(name: &str, value: &Value) -> Result<(), Fault> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if name.is_empty() || name.len() > 256 || !name.bytes().all(legal) {
        return Err(fault::value(format!(
            "Invalid message attribute name '{name:.256}': only A-Z, a-z, 0-9, '_', '-' and '.'."
        )));
    }
    let kind = value["DataType"].as_str().unwrap_or_default();
    let (member, known) = match kind.split('.').next() {
        Some("String" | "Number") => ("StringValue", true),
        Some("Binary") => ("BinaryValue", true),
        _ => ("", false),
    };
    if !known {
        return Err(fault::value(format!(
            "The message attribute '{name}' has an invalid message attribute type, the set of \
             supported type prefixes is Binary, Number, and String."
        )));
    }
    if value[member].as_str().is_none_or(str::is_empty) {
        return Err(fault::value(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for \
             message attribute type '{kind:.64}'."
        )));
    }
    if kind.starts_with("Number") && value[member].as_str().is_none_or(not_a_number) {
        return Err(fault::value(format!(
            "Could not cast message attribute '{name}' value to number."
        )));
    }
    Ok(())
}

fn not_a_number(text: &str) -> bool {
    text.parse::<f64>().is_err()
}

/// Ids of the entries, each with the prefix of its parameters.
fn entries(params: &Params) -> Result<Vec<(String, String)>, Fault> {
    let mut entries = Vec::new();
    let mut seen = BTreeSet::new();
    for index in 1..=ENTRIES + 1 {
        let prefix = format!("PublishBatchRequestEntries.member.{index}.");
        let Some(id) = params.get(&format!("{prefix}Id")) else {
            break;
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !(1..=80).contains(&id.len()) || !id.bytes().all(legal) {
            return Err(Fault::client(
                "InvalidBatchEntryId",
                "The Id of a batch entry in a batch request doesn't abide by the specification.",
            ));
        }
        if !seen.insert(id) {
            return Err(Fault::client(
                "BatchEntryIdsNotDistinct",
                "Two or more batch entries in the request have the same Id.",
            ));
        }
        entries.push((id.to_owned(), prefix));
    }
    match entries.len() {
        0 => Err(Fault::client(
            "EmptyBatchRequest",
            "The batch request doesn't contain any entries.",
        )),
        1..=ENTRIES => Ok(entries),
        _ => Err(Fault::client(
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        )),
    }
}
