//! The worker that brings messages to queues, and those nobody takes to the dead letters.

use std::time::Duration;

use cairn_core::{AccountId, Arn, Timestamp};
use cairn_ports::{Actor, SNS};
use cairn_store::notice::{self, Way};
use cairn_store::queue::{self, Queue};
use cairn_store::subscription::{self, Subscription};
use cairn_store::{StoreError, Txn};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};
use serde_json::{Map, Value, json};

use super::Sns;
use super::envelope::Letter;
use super::subscriptions::{REDRIVE, dead_letter};
use crate::sqs;

/// Messages delivered at a time.
const STEP: usize = 50;
const CADENCE: Duration = Duration::from_secs(30);

/// Delivers to queues. A message is in its queue, or still waits: never both, never neither.
pub struct Courier {
    sns: Sns,
    lag: Option<u64>,
}

impl Sns {
    pub fn courier(&self) -> (WorkerSpec, Courier) {
        let spec = WorkerSpec {
            name: "sns-queues".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        (spec, Courier { sns: self.clone(), lag: None })
    }

    /// Delivers to queues what is due; false when nothing is left.
    pub async fn deliver_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let store = &self.parts.store;
        let due = notice::due(store, Way::Queue, now, STEP).await?;
        let mut letters = Vec::with_capacity(due.len());
        for notice in &due {
            // Signed before the transaction begins, which others wait for.
            let found = subscription::get(store, &notice.subscription).await?;
            let letter = found.as_ref().and_then(|found| self.letter(found, notice));
            letters.push((notice, found, letter));
        }
        if letters.is_empty() {
            return Ok(false);
        }
        let mut bells = Vec::new();
        let mut txn = store.begin().await?;
        for (notice, subscription, letter) in &letters {
            let waits = notice::done(&mut txn, notice.id).await?;
            if let (true, Some(subscription), Some(letter)) = (waits, subscription, letter) {
                bells.extend(self.hand_in(&mut txn, subscription, letter, now).await?);
            }
        }
        txn.commit().await?;
        for queue in bells {
            self.parts.sqs.ring(queue);
        }
        Ok(due.len() == STEP)
    }

    /// Into the queue, or where that does not take it, to the dead letters. Gives the queue's id.
    async fn hand_in(
        &self,
        txn: &mut Txn,
        subscription: &Subscription,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        match open_queue(txn, &subscription.endpoint, &subscription.topic).await? {
            Ok(queue) => {
                let attributes = letter.attributes.clone();
                self.deposit(txn, &queue, &letter.body, &attributes, now).await?;
                Ok(Some(queue.id))
            }
            Err(reason) => self.give_up(txn, subscription, letter, reason, now).await,
        }
    }

    /// What cannot be delivered goes to the dead letters, or is lost, and the log says so.
    pub(super) async fn give_up(
        &self,
        txn: &mut Txn,
        subscription: &Subscription,
        letter: &Letter,
        reason: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let arn = subscription.arn.as_str();
        let target = subscription.attributes.get(REDRIVE).and_then(|policy| dead_letter(policy));
        if let Some(target) = target
            && let Ok(queue) = open_queue(txn, &target, &subscription.topic).await?
        {
            let typed = |text: &str| json!({"DataType": "String", "StringValue": text});
            let mut attributes = letter.attributes.clone();
            attributes.insert("ErrorMessage".to_owned(), typed(reason));
            attributes.insert("SubscriptionArn".to_owned(), typed(arn));
            self.deposit(txn, &queue, &letter.body, &attributes, now).await?;
            tracing::warn!(subscription = arn, reason, "put a message to the dead letters");
            return Ok(Some(queue.id));
        }
        let message = letter.message_id.as_str();
        tracing::warn!(subscription = arn, message, reason, "dropped a message");
        Ok(None)
    }

    async fn deposit(
        &self,
        txn: &mut Txn,
        queue: &Queue,
        body: &str,
        attributes: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let letter = sqs::Letter {
            message_id: &cairn_core::event_id(&*self.parts.entropy),
            sender: SNS,
            body,
            attributes,
            trace: None,
            delay: None,
        };
        sqs::deposit(txn, queue, &letter, now).await
    }
}

/// The queue, if it is there and its policy lets the topic send; otherwise why not.
async fn open_queue(
    txn: &mut Txn,
    arn: &str,
    topic: &str,
) -> Result<Result<Queue, &'static str>, StoreError> {
    let Some((region, account, name)) = sqs::parse_arn(arn) else {
        return Ok(Err("the endpoint is no queue"));
    };
    let Some(queue) = queue::find(txn, account, region, name).await? else {
        return Ok(Err("the queue does not exist"));
    };
    let owner = Arn::parse(topic).and_then(|arn| arn.account_id());
    let Some(owner) = owner else {
        return Ok(Err("the topic has no owner"));
    };
    if sqs::may_send(&acting(topic, owner), &queue) {
        Ok(Ok(queue))
    } else {
        Ok(Err("the queue's policy does not allow it"))
    }
}

/// SNS, for a topic.
fn acting(topic: &str, owner: AccountId) -> Actor {
    Actor::Service { principal: SNS, source_arn: topic.to_owned(), source_account: owner }
}

impl Worker for Courier {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let now = self.sns.now();
        let failed = |error| WorkerError::caused("failed to deliver to queues", error);
        let more = self.sns.deliver_due(now).await.map_err(failed)?;
        let lag = notice::count(&self.sns.parts.store, Way::Queue).await.map_err(failed)?;
        self.lag = Some(lag);
        Ok(if more { Tick::More } else { Tick::Idle })
    }

    async fn wait(&mut self) {
        self.sns.for_queues.woken().await;
    }

    fn status(&self) -> Progress {
        Progress { lag: self.lag, detail: None }
    }
}
