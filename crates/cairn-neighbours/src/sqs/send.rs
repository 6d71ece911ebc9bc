//! SendMessage and SendMessageBatch.

use cairn_core::{AccountId, event_id};
use cairn_ports::Actor;
use serde_json::{Map, Value};

use super::access::Access;
use super::fault::{Code, Refusal};
use super::message::Draft;
use super::{Call, Output, Sqs, batch, digest};

/// Bytes of all messages of one batch.
const BATCH_BYTES: usize = 1_048_576;

impl Sqs {
    pub(super) async fn send_message(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "SendMessage", Access::Write).await?;
        let draft = Draft::read(&call.input, &queue)?;
        let id = event_id(&*self.entropy);
        let mut txn = self.store.begin().await?;
        draft.send(&mut txn, &queue, &id, &sender(call.actor), self.now()).await?;
        txn.commit().await?;
        self.bells.ring(queue.id);
        Ok(sent(&draft, id))
    }

    /// All entries that are well formed are durable together.
    pub(super) async fn send_message_batch(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "SendMessage", Access::Write).await?;
        let entries = batch::read(&call.input, "SendMessageBatchRequestEntry")?;
        let mut drafts = Vec::with_capacity(entries.len());
        for (id, entry) in entries {
            drafts.push((id, Draft::read(&entry, &queue)));
        }
        let sizes = drafts.iter().filter_map(|(_, draft)| draft.as_ref().ok().map(Draft::size));
        let bytes: usize = sizes.sum();
        if bytes > BATCH_BYTES {
            return Err(Refusal::new(
                Code::BatchRequestTooLong,
                format!(
                    "Batch requests cannot be longer than {BATCH_BYTES} bytes. You have sent \
                     {bytes} bytes."
                ),
            ));
        }
        let mut outcome = batch::Outcome::default();
        let mut txn = self.store.begin().await?;
        for (id, draft) in drafts {
            match draft {
                Ok(draft) => {
                    let message = event_id(&*self.entropy);
                    let sender = sender(call.actor);
                    draft.send(&mut txn, &queue, &message, &sender, self.now()).await?;
                    outcome.succeeded(&id, sent(&draft, message));
                }
                Err(refusal) => outcome.failed(&id, &refusal),
            }
        }
        txn.commit().await?;
        self.bells.ring(queue.id);
        Ok(outcome.output())
    }
}

fn sent(draft: &Draft, id: String) -> Map<String, Value> {
    let mut output = Map::new();
    output.insert("MessageId".to_owned(), id.into());
    output.insert("MD5OfMessageBody".to_owned(), digest::of_body(&draft.body).into());
    for (member, attributes) in [
        ("MD5OfMessageAttributes", &draft.attributes),
        ("MD5OfMessageSystemAttributes", &draft.system),
    ] {
        if let Some(digest) = digest::of_attributes(attributes) {
            output.insert(member.to_owned(), digest.into());
        }
    }
    output
}

/// Root is its account's id, everybody else the ARN.
pub(super) fn sender(actor: &Actor) -> String {
    match actor {
        Actor::Principal { account, arn, .. } if is_root(*account, arn) => account.to_string(),
        Actor::Principal { arn, .. } => arn.clone(),
        Actor::Service { principal, .. } => (*principal).to_owned(),
        Actor::Anonymous => "anonymous".to_owned(),
    }
}

fn is_root(account: AccountId, arn: &str) -> bool {
    arn == format!("arn:aws:iam::{account}:root")
}
