//! The worker that puts sealed files and digests into their buckets: once, and never over something
//! else.

mod attempt;
mod digests;
mod files;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_ports::PortError;
use cairn_store::{PlanDocument, Store, delivery, digest, trail, trail_plan};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use crate::TrailError;
use crate::rest::Rests;
use crate::shared::Shared;

type Plans = HashMap<String, Arc<PlanDocument>>;

/// Delivers files and digests.
pub struct Uploader {
    shared: Arc<Shared>,
    /// Trails whose bucket did not take the last file.
    resting: Rests<String>,
    /// Files and digests that are themselves in the way.
    stuck: Rests<Item>,
    waiting: u64,
    forgot: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Item {
    File(i64),
    Digest(i64),
}

/// What became of one file or digest.
enum Done {
    Stored {
        etag: String,
        version: Option<String>,
    },
    /// Something else has its key: it goes under another.
    Taken,
    /// Tried again later.
    Failed(PortError),
    /// Its bytes cannot be had; tried again later, as nothing else is in the way of others.
    Lost(TrailError),
    /// Not tried: another one of its trail failed meanwhile.
    Skipped,
}

/// Failures of a trail's files in a row after which the bucket counts as away.
const FAILURES: u32 = 8;

/// Trails that failed in this round, whose other files need not be tried: at the first refusal, or
/// after some failures in a row.
#[derive(Default)]
struct Failed(Mutex<HashMap<String, u32>>);

impl Failed {
    fn has(&self, trail: &str) -> bool {
        let failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failures.get(trail).is_some_and(|failures| *failures >= FAILURES)
    }

    fn add(&self, trail: &str, refused: bool) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(trail.to_owned()).or_default();
        *count = if refused { FAILURES } else { *count + 1 };
    }

    fn worked(&self, trail: &str) {
        let mut failures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A refusal stands: what was under way beside it says nothing else.
        if failures.get(trail).is_some_and(|failures| *failures < FAILURES) {
            failures.remove(trail);
        }
    }
}

impl Uploader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let pause = shared.settings.pause;
        let (resting, stuck) = (Rests::new(pause), Rests::new(pause));
        Self { shared, resting, stuck, waiting: 0, forgot: None }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "trail-upload".into(),
            cadence: Duration::from_millis(500),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Tries everything that is due. False when nothing was delivered.
    ///
    /// # Errors
    /// The store's; a bucket that refuses is none.
    pub async fn step(&mut self) -> Result<bool, TrailError> {
        let backlogs = delivery::backlogs(&self.shared.store).await?;
        let digests = digest::waiting_trails(&self.shared.store).await?;
        self.waiting = backlogs.iter().map(|backlog| backlog.files).sum();
        let oldest = backlogs.iter().map(|backlog| backlog.oldest).min();
        self.shared.counters.wait(self.waiting, oldest);
        let mut did = false;
        if !backlogs.is_empty() || !digests.is_empty() {
            let plans = plan(&self.shared.store).await?;
            did |= self.files(&plans, backlogs).await?;
            did |= self.digests(&plans, digests).await?;
        }
        self.forget().await?;
        Ok(did)
    }

    fn is_due(&self, trail: &String) -> bool {
        self.resting.is_due(trail, self.shared.time.elapsed())
    }

    fn rest(&mut self, document: &PlanDocument, error: &PortError) {
        let now = self.shared.time.elapsed();
        if self.is_due(&document.trail) {
            let failures = self.resting.failed(document.trail.clone(), now);
            let trail = document.arn.as_str();
            tracing::warn!(trail, %error, failures, "the bucket did not take a file; it waits");
        }
    }

    /// Lets go, once an hour, of what cannot be delivered again any more.
    async fn forget(&mut self) -> Result<(), TrailError> {
        const EVERY: Duration = Duration::from_hours(1);
        let elapsed = self.shared.time.elapsed();
        if self.forgot.is_some_and(|forgot| elapsed.saturating_sub(forgot) < EVERY) {
            return Ok(());
        }
        let store = &self.shared.store;
        let before = self.shared.time.now().saturating_sub(self.shared.settings.retention);
        let mut txn = store.begin().await?;
        delivery::forget(&mut txn, before).await?;
        digest::forget(&mut txn, before).await?;
        txn.commit().await?;
        let plans = plan(store).await?;
        for (id, _) in plans.iter().filter(|(_, document)| document.deleted) {
            if delivery::is_done(store, id).await? {
                let mut txn = store.begin().await?;
                delivery::forget_trail(&mut txn, id).await?;
                trail::forget(&mut txn, id).await?;
                txn.commit().await?;
            }
        }
        self.resting.retain(|trail| plans.contains_key(trail));
        self.shared.sweep().await?;
        self.forgot = Some(elapsed);
        Ok(())
    }
}

/// Every trail as delivery knows it now: changes whose records were not met yet are left out.
pub(crate) async fn plan(store: &Store) -> Result<Plans, TrailError> {
    let steps = trail_plan::current(store).await?;
    let plans = steps.into_iter().map(|step| step.document);
    Ok(plans.map(|document| (document.trail.clone(), Arc::new(document))).collect())
}

impl Worker for Uploader {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to deliver files of trails", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.sealed.woken().await;
    }

    fn status(&self) -> Progress {
        let (resting, stuck) = (self.resting.len(), self.stuck.len());
        let detail = (resting + stuck > 0).then(|| {
            format!("{resting} trails wait for their bucket, {stuck} files and digests are stuck")
        });
        Progress { lag: Some(self.waiting), detail }
    }
}
