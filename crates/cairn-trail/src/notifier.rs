//! The worker that tells topics of delivered files.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use cairn_ports::Actor;
use cairn_store::delivery::{LogFile, Notice};
use cairn_store::{delivery, trail_status};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};
use serde_json::json;

use crate::TrailError;
use crate::shared::{Shared, parse_region};
use crate::uploader::plan;

const BATCH: usize = 512;
/// Files that one message names: SNS takes 256 KiB, a key has at most 1 KiB.
const KEYS: usize = 100;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Publishes one message for the files of one window, account and Region. A crash in between tells
/// of them twice.
pub struct Notifier {
    shared: Arc<Shared>,
    resting: HashMap<String, (u64, Duration)>,
}

impl Notifier {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, resting: HashMap::new() }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "trail-notify".into(),
            cadence: Duration::from_millis(500),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Tells of everything that is due.
    ///
    /// # Errors
    /// What is wrong on this side; a topic that refuses is none.
    pub async fn step(&mut self) -> Result<bool, TrailError> {
        let plan = plan(&self.shared).await?;
        let (mut after, mut did) = (0, false);
        loop {
            let unsaid = delivery::unsaid(&self.shared.store, after, BATCH).await?;
            let Some(last) = unsaid.last() else { return Ok(did) };
            after = last.id;
            let mut groups: BTreeMap<_, Vec<LogFile>> = BTreeMap::new();
            for file in unsaid {
                let group =
                    (file.trail.clone(), file.bucket.clone(), file.region.clone(), file.closed);
                groups.entry(group).or_default().push(file);
            }
            for ((trail, ..), files) in groups {
                let Some(document) = plan.get(&trail) else { continue };
                for files in files.chunks(KEYS) {
                    did |= self.tell(document, files).await?;
                }
            }
        }
    }

    async fn tell(
        &mut self,
        document: &cairn_store::PlanDocument,
        files: &[LogFile],
    ) -> Result<bool, TrailError> {
        let ids: Vec<i64> = files.iter().map(|file| file.id).collect();
        let (Some(topic), Some(first)) = (&document.sns_topic_arn, files.first()) else {
            // Nobody is to be told any more.
            let mut txn = self.shared.store.begin().await?;
            delivery::say(&mut txn, &ids, Notice::Nobody).await?;
            txn.commit().await?;
            return Ok(true);
        };
        let elapsed = self.shared.time.elapsed();
        if self.resting.get(topic).is_some_and(|(_, until)| *until > elapsed) {
            return Ok(false);
        }
        let keys: Vec<&str> = files.iter().map(|file| file.key.as_str()).collect();
        let message = json!({ "s3Bucket": first.bucket, "s3ObjectKey": keys }).to_string();
        let actor = Actor::trail(&document.arn, document.account_id()?);
        let published = self.shared.topics.publish(&actor, topic, None, &message).await;
        let (region, now) = (parse_region(document, &first.region)?, self.shared.time.now());
        let mut txn = self.shared.store.begin().await?;
        let told = published.is_ok();
        match published {
            Ok(_) => {
                delivery::say(&mut txn, &ids, Notice::Sent).await?;
                trail_status::notified(&mut txn, &document.trail, &region, now).await?;
                self.resting.remove(topic);
            }
            Err(error) => {
                let (trail, code) = (&document.trail, &error.code);
                trail_status::notification_failed(&mut txn, trail, &region, now, code).await?;
                let (failures, until) = self.resting.entry(topic.clone()).or_default();
                *failures += 1;
                let backoff = Backoff { first: FIRST_PAUSE, cap: self.shared.settings.pause };
                *until = elapsed + backoff.pause(*failures);
                tracing::warn!(topic, %error, "the topic did not take a notice; it waits");
            }
        }
        txn.commit().await?;
        Ok(told)
    }
}

impl Worker for Notifier {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to tell topics of files", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.arrived.woken().await;
    }
}
