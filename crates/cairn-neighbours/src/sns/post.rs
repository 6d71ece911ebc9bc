//! The worker that posts messages to web servers.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_store::notice::{self, Notice, Way};
use cairn_store::subscription::{self, Subscription};
use cairn_store::{StoreError, topic};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};
use http::{Request, StatusCode};
use tokio::time::sleep;

use super::Sns;
use super::envelope::Letter;
use super::subscriptions::{DELIVERY, backoff};

/// Messages under way at a time.
const PARALLEL: usize = 16;
/// How long a web server may take to answer.
const DEADLINE: Duration = Duration::from_secs(15);
/// Longer than a deadline, because the rest between two ticks is when messages are sent.
const CADENCE: Duration = Duration::from_mins(1);
/// How long a message is tried, whatever its policy says. What a web server was away for longer is
/// not kept for it, so that what waits has a bound.
const PATIENCE: Duration = Duration::from_hours(1);
const USER_AGENT: &str = "Amazon Simple Notification Service Agent";

/// Posts to web servers. What is on its way when the server stops is sent again: a subscriber may
/// get a message twice, and never not at all for as long as its policy says to try.
pub struct Post {
    sns: Sns,
    due: Vec<Parcel>,
    outcomes: Vec<(Parcel, Outcome)>,
    tidied: Timestamp,
    lag: Option<u64>,
}

/// One message for one web server.
struct Parcel {
    notice: Notice,
    subscription: Subscription,
    letter: Letter,
}

/// What the web server said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Delivered,
    /// To be tried again.
    Later(String),
    /// Never to be tried again.
    Refused(String),
}

impl Sns {
    pub fn post(&self) -> (WorkerSpec, Post) {
        let spec = WorkerSpec {
            name: "sns-web".into(),
            cadence: CADENCE,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        };
        let post = Post {
            sns: self.clone(),
            due: Vec::new(),
            outcomes: Vec::new(),
            tidied: Timestamp::EPOCH,
            lag: None,
        };
        (spec, post)
    }

    /// Posts what is due, and waits for the answers; false when nothing was.
    pub async fn post_due(&self, now: Timestamp) -> Result<bool, StoreError> {
        let parcels = self.parcels(now).await?;
        let any = !parcels.is_empty();
        let outcomes = self.send_all(parcels).await;
        self.settle(&outcomes, now).await?;
        Ok(any)
    }

    async fn parcels(&self, now: Timestamp) -> Result<Vec<Parcel>, StoreError> {
        let store = &self.parts.store;
        let mut parcels = Vec::new();
        let mut stale = Vec::new();
        for notice in notice::due(store, Way::Web, now, PARALLEL).await? {
            let found = subscription::get(store, &notice.subscription).await?;
            let letter = found.as_ref().and_then(|found| self.letter(found, &notice));
            match found.zip(letter) {
                Some((subscription, letter)) => {
                    parcels.push(Parcel { notice, subscription, letter });
                }
                None => stale.push(notice.id),
            }
        }
        if !stale.is_empty() {
            let mut txn = store.begin().await?;
            for id in stale {
                notice::done(&mut txn, id).await?;
            }
            txn.commit().await?;
        }
        Ok(parcels)
    }

    async fn send_all(&self, parcels: Vec<Parcel>) -> Vec<(Parcel, Outcome)> {
        let sent = parcels.iter().map(|parcel| self.send(parcel)).collect();
        let outcomes = join(sent).await;
        parcels.into_iter().zip(outcomes).collect()
    }

    async fn send(&self, parcel: &Parcel) -> Outcome {
        let published = parcel.notice.publication.as_ref().map(|one| one.published);
        if published.is_some_and(|at| self.now().since(at) > PATIENCE) {
            return Outcome::Refused("the web server was away for too long".to_owned());
        }
        let Some(request) = request(parcel) else {
            return Outcome::Refused("the endpoint is no address".to_owned());
        };
        match self.parts.transport.send(request, DEADLINE).await {
            Ok(response) => judge(response.status()),
            Err(error) => Outcome::Later(error.message),
        }
    }

    async fn settle(
        &self,
        outcomes: &[(Parcel, Outcome)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let mut bells = Vec::new();
        let mut txn = self.parts.store.begin().await?;
        for (parcel, outcome) in outcomes {
            let Parcel { notice, subscription, letter } = parcel;
            let reason = match outcome {
                Outcome::Delivered => {
                    notice::done(&mut txn, notice.id).await?;
                    continue;
                }
                Outcome::Later(reason) => {
                    let topic = topic::find(&mut txn, &subscription.topic).await?;
                    let policy = topic.and_then(|topic| topic.attributes.get(DELIVERY).cloned());
                    let backoff = backoff(&subscription.attributes, policy.as_deref());
                    if let Some(pause) = backoff.pause(notice.attempts + 1) {
                        let due = now.saturating_add(pause);
                        notice::postpone(&mut txn, notice.id, due).await?;
                        // One web server that is away does not take the places of all.
                        notice::hold(&mut txn, &subscription.arn, now, due).await?;
                        continue;
                    }
                    reason
                }
                Outcome::Refused(reason) => reason,
            };
            if notice::done(&mut txn, notice.id).await? {
                bells.extend(self.give_up(&mut txn, subscription, letter, reason, now).await?);
            }
        }
        txn.commit().await?;
        for queue in bells {
            self.parts.sqs.ring(queue);
        }
        Ok(())
    }

    /// How long until the next message is due.
    async fn rest(&self) -> Result<Duration, StoreError> {
        let next = notice::next_due(&self.parts.store, Way::Web).await?;
        Ok(next.map_or(CADENCE, |at| at.since(self.now())))
    }
}

fn request(parcel: &Parcel) -> Option<Request<Bytes>> {
    let Parcel { subscription, letter, .. } = parcel;
    let mut request = Request::post(subscription.endpoint.as_str())
        .header("content-type", "text/plain; charset=UTF-8")
        .header("user-agent", USER_AGENT)
        .header("x-amz-sns-message-type", letter.kind.name())
        .header("x-amz-sns-message-id", letter.message_id.as_str())
        .header("x-amz-sns-topic-arn", subscription.topic.as_str());
    if letter.kind == super::envelope::Kind::Notification {
        request = request.header("x-amz-sns-subscription-arn", subscription.arn.as_str());
    }
    if letter.raw {
        request = request.header("x-amz-sns-rawdelivery", "true");
    }
    request.body(Bytes::from(letter.body.clone())).ok()
}

/// As SNS does: what the client of a web server gets wrong, it gets wrong again.
fn judge(status: StatusCode) -> Outcome {
    let said = format!("the web server answered {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Outcome::Delivered,
        429 | 500..=599 | 100..=199 => Outcome::Later(said),
        _ => Outcome::Refused(said),
    }
}

/// Waits for all at the same time; gives what they gave, in their order.
async fn join<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut running: Vec<Pin<Box<_>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, slot) in running.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

impl Worker for Post {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let failed = |error| WorkerError::caused("failed to keep what web servers get", error);
        let now = self.sns.now();
        self.sns.settle(&self.outcomes, now).await.map_err(failed)?;
        self.outcomes.clear();
        self.due = self.sns.parcels(now).await.map_err(failed)?;
        let lag = notice::count(&self.sns.parts.store, Way::Web).await.map_err(failed)?;
        self.lag = Some(lag);
        if now.since(self.tidied) >= CADENCE {
            self.tidied = now;
            self.sns.tidy().await.map_err(failed)?;
        }
        Ok(Tick::Idle)
    }

    /// Sends here and not in the tick, so that a slow web server does not hold up a stop.
    async fn wait(&mut self) {
        let due = std::mem::take(&mut self.due);
        if !due.is_empty() {
            self.outcomes = self.sns.send_all(due).await;
            return;
        }
        match self.sns.rest().await {
            Ok(rest) => tokio::select! {
                () = sleep(rest) => {}
                () = self.sns.for_web.woken() => {}
            },
            // The tick meets the same error and reports it.
            Err(_) => sleep(Duration::from_secs(1)).await,
        }
    }

    fn status(&self) -> Progress {
        Progress { lag: self.lag, detail: None }
    }
}
