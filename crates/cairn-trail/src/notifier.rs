//! The worker that tells topics of delivered files.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_ports::Actor;
use cairn_store::delivery::{LogFile, Notice};
use cairn_store::{PlanDocument, delivery, trail_status};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};
use serde_json::json;

use crate::TrailError;
use crate::rest::Rests;
use crate::shared::{Shared, parse_region};
use crate::uploader::plan;

const BATCH: usize = 512;
/// Files that one message names: SNS takes 256 KiB, a key has at most 1 KiB.
const KEYS: usize = 100;

/// Publishes one message for the files of one window, account and Region. A crash in between tells
/// of them twice.
pub struct Notifier {
    shared: Arc<Shared>,
    /// Topics that did not take a notice.
    resting: Rests<String>,
}

impl Notifier {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let resting = Rests::new(shared.settings.pause);
        Self { shared, resting }
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
        let trails = delivery::unsaid_trails(&self.shared.store).await?;
        if trails.is_empty() {
            return Ok(false);
        }
        let plans = plan(&self.shared.store).await?;
        let mut did = false;
        for trail in trails {
            if let Some(document) = plans.get(&trail) {
                did |= self.trail(document).await?;
            }
        }
        Ok(did)
    }

    async fn trail(&mut self, document: &PlanDocument) -> Result<bool, TrailError> {
        let (mut after, mut did) = (0, false);
        while self.is_due(document) {
            let (store, trail) = (&self.shared.store, &document.trail);
            let unsaid = delivery::unsaid(store, trail, after, BATCH).await?;
            let Some(last) = unsaid.last() else { break };
            after = last.id;
            let mut groups: BTreeMap<_, Vec<LogFile>> = BTreeMap::new();
            for file in unsaid {
                let group = (file.closed, file.bucket.clone(), file.account, file.region.clone());
                groups.entry(group).or_default().push(file);
            }
            for files in groups.values().flat_map(|files| files.chunks(KEYS)) {
                if !self.is_due(document) {
                    return Ok(did);
                }
                did |= self.tell(document, files).await?;
            }
        }
        Ok(did)
    }

    fn is_due(&self, document: &PlanDocument) -> bool {
        let now = self.shared.time.elapsed();
        document.sns_topic_arn.as_ref().is_none_or(|topic| self.resting.is_due(topic, now))
    }

    async fn tell(
        &mut self,
        document: &PlanDocument,
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
                self.resting.worked(topic);
            }
            Err(error) => {
                let (trail, code) = (&document.trail, &error.code);
                trail_status::notification_failed(&mut txn, trail, &region, now, code).await?;
                let failures = self.resting.failed(topic.clone(), self.shared.time.elapsed());
                tracing::warn!(topic, %error, failures, "the topic did not take a notice; it waits");
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
