//! Log files on their way.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use cairn_store::delivery::{Backlog, LogFile};
use cairn_store::{PlanDocument, delivery, trail_status};
use futures_util::{StreamExt as _, stream};

use super::attempt::{Attempt, is_refusal};
use super::{Done, Failed, Item, Plans, Uploader};
use crate::TrailError;

/// Files that are looked at together.
const BATCH: usize = 256;
/// Files of one trail among them at the least, however many trails there are.
const LEAST_SHARE: usize = 16;

/// A file and what became of it.
type Tried = (Arc<PlanDocument>, LogFile, Done);

impl Uploader {
    pub(super) async fn files(
        &mut self,
        plans: &Plans,
        backlogs: Vec<Backlog>,
    ) -> Result<bool, TrailError> {
        let failed = Failed::default();
        let mut left: Vec<(String, i64)> =
            backlogs.into_iter().map(|backlog| (backlog.trail, 0)).collect();
        left.retain(|(trail, _)| plans.contains_key(trail) && self.is_due(trail));
        let mut did = false;
        while !left.is_empty() {
            let mut batch = Vec::new();
            // One file that hangs holds up a batch: it is as large as it may be.
            let share = (BATCH / left.len()).max(LEAST_SHARE);
            for (trail, after) in &mut left {
                if batch.len() >= BATCH {
                    break;
                }
                let files = delivery::waiting(&self.shared.store, trail, *after, share).await?;
                // Its turn is over when there is nothing more of it.
                *after = files.last().map_or(i64::MAX, |file| file.id);
                batch.extend(files);
            }
            did |= self.deliver(plans, &failed, batch).await?;
            left.retain(|(trail, after)| *after < i64::MAX && !failed.has(trail));
            let first = usize::from(!left.is_empty());
            left.rotate_left(first);
        }
        Ok(did)
    }

    async fn deliver(
        &mut self,
        plans: &Plans,
        failed: &Failed,
        batch: Vec<LogFile>,
    ) -> Result<bool, TrailError> {
        let now = self.shared.time.elapsed();
        let attempt = Attempt { shared: self.shared.clone() };
        let due = batch.into_iter().filter(|file| self.stuck.is_due(&Item::File(file.id), now));
        let tries = due.filter_map(|file| {
            let (document, attempt) = (plans.get(&file.trail)?.clone(), attempt.clone());
            Some(async move {
                if failed.has(&file.trail) {
                    return (document, file, Done::Skipped);
                }
                let done = match attempt.file(&document, &file).await {
                    Ok(done) => done,
                    Err(error) => Done::Lost(error),
                };
                if let Done::Failed(error) = &done {
                    failed.add(&file.trail, is_refusal(error));
                } else if matches!(done, Done::Stored { .. }) {
                    failed.worked(&file.trail);
                }
                (document, file, done)
            })
        });
        let tries: Vec<_> = tries.collect();
        let mut tries = stream::iter(tries).buffer_unordered(self.shared.settings.uploads.max(1));
        let mut done = Vec::new();
        while let Some(one) = tries.next().await {
            done.push(one);
        }
        drop(tries);
        self.note(&done).await?;
        Ok(done.iter().any(|(_, _, done)| matches!(done, Done::Stored { .. } | Done::Taken)))
    }

    /// Writes down how a batch went.
    async fn note(&mut self, done: &[Tried]) -> Result<(), TrailError> {
        if done.iter().all(|(_, _, outcome)| matches!(outcome, Done::Skipped)) {
            return Ok(());
        }
        let shared = self.shared.clone();
        let (now, mut arrived) = (shared.time.now(), false);
        let mut txn = shared.store.begin().await?;
        for (document, file, outcome) in done {
            match outcome {
                Done::Stored { etag, version } => {
                    let version = version.as_deref();
                    delivery::delivered(&mut txn, file.id, now, etag, version).await?;
                    arrived = true;
                }
                Done::Taken => {
                    let key = Attempt { shared: shared.clone() }.other_key(document, file)?;
                    delivery::retarget(&mut txn, file.id, &document.bucket, &key).await?;
                }
                Done::Failed(_) | Done::Lost(_) | Done::Skipped => {}
            }
        }
        for ((trail, region), course) in courses(done) {
            let Ok(region) = region.parse() else { continue };
            match course {
                Ok(()) => trail_status::delivered(&mut txn, trail, &region, now).await?,
                Err(code) => {
                    trail_status::delivery_failed(&mut txn, trail, &region, now, code).await?;
                }
            }
        }
        txn.commit().await?;
        self.pause(done);
        if arrived {
            shared.arrived.wake();
            shared.sweep().await?;
        }
        Ok(())
    }

    /// What failed is tried again later.
    fn pause(&mut self, done: &[Tried]) {
        let elapsed = self.shared.time.elapsed();
        for (_, file, outcome) in done {
            match outcome {
                Done::Stored { .. } | Done::Taken => {
                    let counters = &self.shared.counters;
                    let counter = match outcome {
                        Done::Taken => &counters.taken,
                        _ => &counters.delivered,
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                    self.stuck.worked(&Item::File(file.id));
                    self.resting.worked(&file.trail);
                }
                Done::Lost(error) => {
                    tracing::error!(key = file.key, %error, "a file cannot be made; it waits");
                    self.stuck.failed(Item::File(file.id), elapsed);
                }
                Done::Failed(_) | Done::Skipped => {}
            }
        }
        let took = |trail: &str| {
            let stored = |(_, file, done): &Tried| {
                file.trail == trail && matches!(done, Done::Stored { .. })
            };
            done.iter().any(stored)
        };
        for (document, file, outcome) in done {
            if let Done::Failed(error) = outcome {
                self.shared.counters.failed.fetch_add(1, Ordering::Relaxed);
                // A bucket that takes others is only troubled: this one file waits.
                if !is_refusal(error) && took(&file.trail) {
                    self.stuck.failed(Item::File(file.id), elapsed);
                } else {
                    self.rest(document, error);
                }
            }
        }
    }
}

/// How it went for each trail and Region: a failure counts more than a success of the same batch,
/// and what was not tried would have met the same.
fn courses(done: &[Tried]) -> HashMap<(&str, &str), Result<(), &str>> {
    let mut refusals: HashMap<&str, &str> = HashMap::new();
    for (_, file, outcome) in done {
        if let Done::Failed(error) = outcome {
            refusals.insert(&file.trail, &error.code);
        }
    }
    let mut courses = HashMap::new();
    for (_, file, outcome) in done {
        let place = (file.trail.as_str(), file.region.as_str());
        let code = match outcome {
            Done::Stored { .. } => {
                courses.entry(place).or_insert(Ok(()));
                continue;
            }
            Done::Taken => continue,
            Done::Failed(error) => Some(error.code.as_str()),
            Done::Lost(_) => Some("InternalFailure"),
            Done::Skipped => refusals.get(file.trail.as_str()).copied(),
        };
        courses.extend(code.map(|code| (place, Err(code))));
    }
    courses
}
