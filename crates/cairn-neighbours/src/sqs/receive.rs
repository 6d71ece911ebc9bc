//! ReceiveMessage, which may wait for a message to come.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_store::message::{self, GiveUp, Message, Take};
use cairn_store::queue::{self, Queue};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use super::access::Access;
use super::attributes::{self, VISIBILITY, WAIT};
use super::fault::Refusal;
use super::receipt::Receipt;
use super::{Call, Output, Sqs, digest, parse_arn};
use cairn_store::topic::Texts;

/// What may be asked of a message by name.
const SYSTEM: [&str; 9] = [
    "All",
    "AWSTraceHeader",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn",
    "MessageDeduplicationId",
    "MessageGroupId",
    "SenderId",
    "SentTimestamp",
];

/// What a client wants to get.
struct Wish<'a> {
    limit: usize,
    timeout: Duration,
    wait: Duration,
    system: Vec<&'a str>,
    attributes: Vec<&'a str>,
}

impl Sqs {
    pub(super) async fn receive_message(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "ReceiveMessage", Access::Write).await?;
        let wish = Wish::read(call, &queue)?;
        let messages = self.receive(&queue, &wish).await?;
        let mut output = Map::new();
        // As AWS does, nothing rather than an empty list.
        if !messages.is_empty() {
            let shown = messages.iter().map(|found| show(found, &queue, &wish));
            output.insert("Messages".to_owned(), shown.collect());
        }
        Ok(output)
    }

    /// Waits without a transaction, and no longer than the client wants to.
    async fn receive(&self, queue: &Queue, wish: &Wish<'_>) -> Result<Vec<Message>, Refusal> {
        let place = if wish.wait.is_zero() { None } else { self.bells.place() };
        let wait = if place.is_some() { wish.wait } else { Duration::ZERO };
        let end = Instant::now() + wait;
        let bell = self.bells.of(queue.id);
        loop {
            // Listened to before the look, so that nothing comes in between unheard.
            let mut rung = std::pin::pin!(bell.notified());
            rung.as_mut().enable();
            let now = self.now();
            let next = message::next_visible(&self.store, queue.id, now).await?;
            if next.is_some_and(|at| at <= now) {
                let taken = self.take(queue, wish, now).await?;
                if !taken.is_empty() {
                    return Ok(taken);
                }
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stop.is_stopped() {
                return Ok(Vec::new());
            }
            // At least a little, where a clock that stands still says that the time has come.
            let until = next.map_or(left, |at| at.since(now).max(Duration::from_millis(10)));
            tokio::select! {
                () = rung => {}
                () = self.stop.stopped() => {}
                () = sleep(until.min(left)) => {}
            }
        }
    }

    async fn take(
        &self,
        queue: &Queue,
        wish: &Wish<'_>,
        now: Timestamp,
    ) -> Result<Vec<Message>, Refusal> {
        let mut txn = self.store.begin().await?;
        let source = queue.arn();
        let redrive = attributes::redrive(&queue.attributes);
        let mut target = None;
        if let Some(redrive) = &redrive
            && let Some((region, account, name)) = parse_arn(&redrive.target)
        {
            // Without its target, a message stays where it is.
            let found = queue::find(&mut txn, account, region, name).await?;
            target = found.filter(|found| attributes::takes_from(found, &source));
        }
        let give_up = redrive.zip(target.as_ref()).map(|(redrive, target)| GiveUp {
            tries: redrive.tries,
            source: &source,
            target: target.id,
        });
        let take = Take {
            queue: queue.id,
            limit: wish.limit,
            now,
            until: now.saturating_add(wish.timeout),
            give_up,
        };
        let taken = message::take(&mut txn, take).await?;
        txn.commit().await?;
        if let Some(target) = target {
            self.bells.ring(target.id);
        }
        Ok(taken)
    }
}

impl<'a> Wish<'a> {
    fn read(call: &'a Call<'_>, queue: &Queue) -> Result<Self, Refusal> {
        let input = &call.input;
        let reason = "Must be between 1 and 10, if provided.";
        let limit = input.bounded("MaxNumberOfMessages", 1..=10, reason)?;
        let reason = "Must be between 0 and 43200, if provided.";
        let timeout = input.bounded("VisibilityTimeout", 0..=43_200, reason)?;
        let reason = "Must be >= 0 and <= 20, if provided.";
        let wait = input.bounded("WaitTimeSeconds", 0..=20, reason)?;
        let mut system = input.texts("AttributeNames")?;
        system.extend(input.texts("MessageSystemAttributeNames")?);
        if let Some(bad) = system.iter().find(|name| !SYSTEM.contains(name)) {
            return Err(attributes::unknown(bad));
        }
        let seconds = |given: Option<i64>, name: &str| {
            let seconds = given.unwrap_or_else(|| attributes::number(queue, name));
            Duration::from_secs(seconds.unsigned_abs())
        };
        Ok(Self {
            limit: limit.unwrap_or(1) as usize,
            timeout: seconds(timeout, VISIBILITY),
            wait: seconds(wait, WAIT),
            system,
            attributes: input.texts("MessageAttributeNames")?,
        })
    }

    fn wants(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|wanted| match *wanted {
            "All" | ".*" => true,
            wanted => match wanted.strip_suffix(".*") {
                Some(prefix) => attribute.starts_with(prefix),
                None => attribute == wanted,
            },
        })
    }
}

fn show(message: &Message, queue: &Queue, wish: &Wish<'_>) -> Value {
    let receipt = Receipt { queue: queue.id, message: message.id, proof: message.receipt };
    let mut shown = Map::new();
    shown.insert("MessageId".to_owned(), json!(message.message_id));
    shown.insert("ReceiptHandle".to_owned(), receipt.write().into());
    shown.insert("MD5OfBody".to_owned(), digest::of_body(&message.body).into());
    shown.insert("Body".to_owned(), json!(message.body));
    let system = system(message, wish);
    if !system.is_empty() {
        shown.insert("Attributes".to_owned(), json!(system));
    }
    let attributes: Map<String, Value> =
        serde_json::from_str(&message.attributes).unwrap_or_default();
    let wanted: Map<String, Value> =
        attributes.into_iter().filter(|(name, _)| wish.wants(name)).collect();
    if let Some(digest) = digest::of_attributes(&wanted) {
        shown.insert("MD5OfMessageAttributes".to_owned(), digest.into());
        shown.insert("MessageAttributes".to_owned(), Value::Object(wanted));
    }
    Value::Object(shown)
}

fn system(message: &Message, wish: &Wish<'_>) -> Texts {
    let known = [
        ("AWSTraceHeader", message.trace.clone()),
        ("ApproximateFirstReceiveTimestamp", Some(message.first_received.millis().to_string())),
        ("ApproximateReceiveCount", Some(message.received.to_string())),
        ("DeadLetterQueueSourceArn", message.source.clone()),
        ("SenderId", Some(message.sender.clone())),
        ("SentTimestamp", Some(message.sent.millis().to_string())),
    ];
    let all = wish.system.contains(&"All");
    let wanted = known.into_iter().filter(|(name, _)| all || wish.system.contains(name));
    wanted.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
