//! Log files on their way.

use std::collections::HashMap;
use std::sync::Arc;

use cairn_store::delivery::{Backlog, LogFile};
use cairn_store::{PlanDocument, delivery, trail_status};
use futures_util::{StreamExt as _, stream};

use super::attempt::Attempt;
use super::{Done, Failed, Item, Plans, Uploader};
use crate::TrailError;

/// Files that are looked at together.
const BATCH: usize = 256;
/// Files of one trail among them, so that others have their share of it.
const SHARE: usize = 64;

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
            for (trail, after) in &mut left {
                if batch.len() >= BATCH {
                    break;
                }
                let files = delivery::waiting(&self.shared.store, trail, *after, SHARE).await?;
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
                if matches!(done, Done::Failed(_)) {
                    failed.add(&file.trail);
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
    async fn note(
        &mut self,
        done: &[(Arc<PlanDocument>, LogFile, Done)],
    ) -> Result<(), TrailError> {
        let shared = self.shared.clone();
        let (now, elapsed) = (shared.time.now(), shared.time.elapsed());
        if done.iter().all(|(_, _, outcome)| matches!(outcome, Done::Skipped)) {
            return Ok(());
        }
        // What a Region's status says at the end: of the last attempt, and a failure rather than
        // a success of the same batch.
        let mut courses: HashMap<(&str, &str), Result<(), &str>> = HashMap::new();
        let mut arrived = false;
        let mut txn = shared.store.begin().await?;
        for (document, file, outcome) in done {
            let place = (file.trail.as_str(), file.region.as_str());
            match outcome {
                Done::Stored { etag, version } => {
                    let version = version.as_deref();
                    delivery::delivered(&mut txn, file.id, now, etag, version).await?;
                    courses.entry(place).or_insert(Ok(()));
                    arrived = true;
                }
                Done::Taken => {
                    let key = Attempt { shared: shared.clone() }.other_key(document, file)?;
                    delivery::retarget(&mut txn, file.id, &document.bucket, &key).await?;
                }
                Done::Failed(error) => {
                    courses.insert(place, Err(&error.code));
                }
                Done::Lost(_) => {
                    courses.insert(place, Err("InternalFailure"));
                }
                Done::Skipped => {}
            }
        }
        for ((trail, region), course) in courses {
            let Ok(region) = region.parse() else { continue };
            match course {
                Ok(()) => trail_status::delivered(&mut txn, trail, &region, now).await?,
                Err(code) => {
                    trail_status::delivery_failed(&mut txn, trail, &region, now, code).await?;
                }
            }
        }
        txn.commit().await?;
        for (_, file, outcome) in done {
            match outcome {
                Done::Stored { .. } | Done::Taken => {
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
        for (document, _, outcome) in done {
            if let Done::Failed(error) = outcome {
                self.rest(document, error);
            }
        }
        if arrived {
            shared.arrived.wake();
            shared.sweep().await?;
        }
        Ok(())
    }
}
