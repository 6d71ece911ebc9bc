//! The worker that puts sealed files and digests into their buckets: once, and never over something
//! else.

mod attempt;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use cairn_core::Timestamp;
use cairn_ports::PortError;
use cairn_store::delivery::LogFile;
use cairn_store::{PlanDocument, delivery, digest, trail_plan, trail_status};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};
use futures_util::StreamExt as _;
use futures_util::stream;

use self::attempt::Attempt;
use crate::TrailError;
use crate::shared::{Shared, parse_region};

/// Files that are looked at together.
const BATCH: usize = 256;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Delivers files and digests.
pub struct Uploader {
    shared: Arc<Shared>,
    /// Trails whose bucket did not take the last file: how often, and when to try again.
    resting: HashMap<String, (u64, Duration)>,
    waiting: u64,
    forgot: Duration,
}

/// What became of one file or digest.
pub(crate) enum Done {
    Stored {
        etag: String,
        version: Option<String>,
    },
    /// Something else has its key: it goes under another.
    Taken,
    /// Tried again later.
    Failed(PortError),
}

impl Uploader {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, resting: HashMap::new(), waiting: 0, forgot: Duration::ZERO }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "trail-upload".into(),
            cadence: Duration::from_millis(500),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Tries everything that is due. False when nothing was.
    ///
    /// # Errors
    /// What is wrong on this side; a bucket that refuses is none.
    pub async fn step(&mut self) -> Result<bool, TrailError> {
        let plan = plan(&self.shared).await?;
        let files = self.files(&plan).await?;
        let digests = self.digests(&plan).await?;
        self.waiting = delivery::backlog(&self.shared.store).await?.0;
        self.forget().await?;
        Ok(files || digests)
    }

    async fn files(
        &mut self,
        plan: &HashMap<String, Arc<PlanDocument>>,
    ) -> Result<bool, TrailError> {
        let (mut after, mut did) = (0, false);
        let mut failed: HashSet<String> = HashSet::new();
        loop {
            let waiting = delivery::waiting(&self.shared.store, after, BATCH).await?;
            let Some(last) = waiting.last() else { return Ok(did) };
            after = last.id;
            let due: Vec<LogFile> = waiting
                .into_iter()
                .filter(|file| self.is_due(&file.trail) && !failed.contains(&file.trail))
                .collect();
            let attempt = Attempt { shared: self.shared.clone() };
            let tries = due.into_iter().filter_map(|file| {
                let (document, attempt) = (plan.get(&file.trail)?.clone(), attempt.clone());
                Some(async move {
                    let done = attempt.file(&document, &file).await;
                    (document, file, done)
                })
            });
            let mut tries = stream::iter(tries).buffer_unordered(self.shared.settings.uploads);
            let mut done = Vec::new();
            while let Some((document, file, outcome)) = tries.next().await {
                done.push((document, file, outcome?));
            }
            drop(tries);
            did |= done.iter().any(|(_, _, outcome)| !matches!(outcome, Done::Failed(_)));
            for (document, _, outcome) in &done {
                if let Done::Failed(_) = outcome {
                    failed.insert(document.trail.clone());
                }
            }
            self.note(done).await?;
        }
    }

    /// Writes down how a batch went.
    async fn note(
        &mut self,
        done: Vec<(Arc<PlanDocument>, LogFile, Done)>,
    ) -> Result<(), TrailError> {
        if done.is_empty() {
            return Ok(());
        }
        let shared = self.shared.clone();
        let (now, mut arrived) = (shared.time.now(), false);
        let mut txn = shared.store.begin().await?;
        for (document, file, outcome) in &done {
            let region = parse_region(document, &file.region)?;
            match outcome {
                Done::Stored { etag, version } => {
                    let version = version.as_deref();
                    delivery::delivered(&mut txn, file.id, now, etag, version).await?;
                    trail_status::delivered(&mut txn, &file.trail, &region, now).await?;
                    self.resting.remove(&file.trail);
                    arrived = true;
                }
                Done::Taken => {
                    let attempt = Attempt { shared: shared.clone() };
                    let key = attempt.other_key(document, file)?;
                    delivery::retarget(&mut txn, file.id, &document.bucket, &key).await?;
                }
                Done::Failed(error) => {
                    let code = &error.code;
                    trail_status::delivery_failed(&mut txn, &file.trail, &region, now, code)
                        .await?;
                    self.rest(&file.trail, &document.arn, error);
                }
            }
        }
        txn.commit().await?;
        if arrived {
            shared.arrived.wake();
            self.sweep().await?;
        }
        Ok(())
    }

    async fn digests(
        &mut self,
        plan: &HashMap<String, Arc<PlanDocument>>,
    ) -> Result<bool, TrailError> {
        let (mut after, mut did) = (0, false);
        let mut failed: HashSet<String> = HashSet::new();
        loop {
            let waiting = digest::waiting(&self.shared.store, after, BATCH).await?;
            let Some(last) = waiting.last() else { return Ok(did) };
            after = last.id;
            for stored in waiting {
                let Some(document) = plan.get(&stored.chain.trail) else { continue };
                let trail = &stored.chain.trail;
                if !self.is_due(trail) || failed.contains(trail) {
                    continue;
                }
                let done =
                    Attempt { shared: self.shared.clone() }.digest(document, &stored).await?;
                let (region, now) =
                    (parse_region(document, &stored.chain.region)?, self.shared.time.now());
                let mut txn = self.shared.store.begin().await?;
                match done {
                    Done::Stored { .. } => {
                        digest::delivered(&mut txn, stored.id, now).await?;
                        trail_status::digested(&mut txn, trail, &region, now).await?;
                        self.resting.remove(trail);
                        did = true;
                    }
                    Done::Taken => {
                        let code = "DigestKeyTaken";
                        trail_status::digest_failed(&mut txn, trail, &region, code).await?;
                        failed.insert(trail.clone());
                        tracing::error!(
                            key = stored.key,
                            "another object has the key of a digest; remove it, and keep it as evidence"
                        );
                    }
                    Done::Failed(error) => {
                        trail_status::digest_failed(&mut txn, trail, &region, &error.code).await?;
                        failed.insert(trail.clone());
                        self.rest(trail, &document.arn, &error);
                    }
                }
                txn.commit().await?;
            }
        }
    }

    fn is_due(&self, trail: &str) -> bool {
        let now = self.shared.time.elapsed();
        self.resting.get(trail).is_none_or(|(_, until)| *until <= now)
    }

    fn rest(&mut self, trail: &str, arn: &str, error: &PortError) {
        let now = self.shared.time.elapsed();
        let (failures, until) = self.resting.entry(trail.to_owned()).or_default();
        // Files of one batch fail together, and count once.
        if *until > now {
            return;
        }
        *failures += 1;
        let backoff = Backoff { first: FIRST_PAUSE, cap: self.shared.settings.pause };
        *until = now + backoff.pause(*failures);
        tracing::warn!(trail = arn, %error, failures, "the bucket did not take a file; it waits");
    }

    /// Removes packs of which everything was delivered. The one that is written to has no files
    /// yet, so that only the start may remove what nobody names.
    async fn sweep(&self) -> Result<(), TrailError> {
        let used: HashSet<String> =
            delivery::packs(&self.shared.store).await?.into_iter().collect();
        let spool = self.shared.spool.clone();
        cairn_task::blocking("trail-spool", move || spool.sweep_done(&used)).await?;
        Ok(())
    }

    /// Lets go, once an hour, of what cannot be delivered again any more.
    async fn forget(&mut self) -> Result<(), TrailError> {
        const EVERY: Duration = Duration::from_hours(1);
        let elapsed = self.shared.time.elapsed();
        if self.forgot != Duration::ZERO && elapsed.saturating_sub(self.forgot) < EVERY {
            return Ok(());
        }
        self.forgot = elapsed.max(Duration::from_millis(1));
        let before = self.shared.time.now().saturating_sub(self.shared.settings.retention);
        let mut txn = self.shared.store.begin().await?;
        delivery::forget(&mut txn, before).await?;
        digest::forget(&mut txn, before).await?;
        Ok(txn.commit().await?)
    }
}

/// Every trail's plan as it is now, those that wait for their record included.
pub(crate) async fn plan(
    shared: &Shared,
) -> Result<HashMap<String, Arc<PlanDocument>>, TrailError> {
    let steps = trail_plan::current(&shared.store).await?;
    Ok(steps
        .into_iter()
        .map(|step| (step.document.trail.clone(), Arc::new(step.document)))
        .collect())
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
        let resting = self.resting.len();
        let detail = (resting > 0).then(|| format!("{resting} trails wait for their bucket"));
        Progress { lag: Some(self.waiting), detail }
    }
}

/// When something was last delivered, and how much waits.
pub(crate) async fn backlog(shared: &Shared) -> Result<(u64, Option<Timestamp>), TrailError> {
    Ok(delivery::backlog(&shared.store).await?)
}
