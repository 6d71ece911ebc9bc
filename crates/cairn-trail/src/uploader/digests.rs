//! Digests on their way: those of one trail in their order, because proofs name proofs; trails
//! beside each other.

use std::sync::Arc;

use cairn_ports::PortError;
use cairn_store::digest::StoredDigest;
use cairn_store::{PlanDocument, digest, trail_status};
use futures_util::{StreamExt as _, stream};

use super::attempt::{Attempt, is_refusal};
use super::{Done, Item, Plans, Uploader};
use crate::TrailError;

/// Digests of one trail that are looked at together.
const BATCH: usize = 256;

type Tried = Vec<(StoredDigest, Done)>;

impl Uploader {
    pub(super) async fn digests(
        &mut self,
        plans: &Plans,
        trails: Vec<String>,
    ) -> Result<bool, TrailError> {
        let now = self.shared.time.elapsed();
        let mut tries = Vec::new();
        for trail in trails.iter().filter(|trail| self.is_due(trail)) {
            let Some(document) = plans.get(trail) else { continue };
            let mut waiting = digest::waiting(&self.shared.store, trail, 0, BATCH).await?;
            // What is in the way of one is in the way of those behind it, but not of what was
            // there before.
            let stuck = |digest: &StoredDigest| !self.stuck.is_due(&Item::Digest(digest.id), now);
            let first = waiting.iter().position(|digest| stuck(digest) && !digest.seen);
            waiting.truncate(first.unwrap_or(waiting.len()));
            waiting.retain(|digest| !stuck(digest));
            let attempt = Attempt { shared: self.shared.clone() };
            tries.push(deliver(attempt, document.clone(), waiting));
        }
        let mut tries = stream::iter(tries).buffer_unordered(self.shared.settings.uploads.max(1));
        let mut all = Vec::new();
        while let Some(tried) = tries.next().await {
            all.push(tried);
        }
        drop(tries);
        let mut did = false;
        for (document, tried) in all {
            did |= tried.iter().any(|(_, done)| matches!(done, Done::Stored { .. }));
            if !tried.is_empty() {
                self.note_digests(&document, tried).await?;
            }
        }
        Ok(did)
    }

    async fn note_digests(
        &mut self,
        document: &PlanDocument,
        done: Tried,
    ) -> Result<(), TrailError> {
        let shared = self.shared.clone();
        let (now, elapsed) = (shared.time.now(), shared.time.elapsed());
        let _turn = shared.turn.lock().await;
        let mut txn = shared.store.begin().await?;
        for (stored, done) in &done {
            let Ok(region) = stored.chain.region.parse() else { continue };
            let trail = &document.trail;
            match done {
                Done::Stored { .. } => {
                    digest::delivered(&mut txn, stored.id, now).await?;
                    trail_status::digested(&mut txn, trail, &region, now).await?;
                }
                Done::Taken => {
                    let code = "DigestKeyTaken";
                    trail_status::digest_failed(&mut txn, trail, &region, code).await?;
                }
                Done::Failed(error) => {
                    // The trail has another bucket now: its digests are made anew for that one.
                    if has_moved(document, stored, error) {
                        digest::take_back(&mut txn, stored).await?;
                    }
                    trail_status::digest_failed(&mut txn, trail, &region, &error.code).await?;
                }
                Done::Lost(_) => {
                    trail_status::digest_failed(&mut txn, trail, &region, "InternalFailure")
                        .await?;
                }
                Done::Skipped => {}
            }
        }
        txn.commit().await?;
        let mut again = false;
        for (stored, done) in &done {
            match done {
                Done::Stored { .. } => {
                    self.stuck.worked(&Item::Digest(stored.id));
                    self.resting.worked(&document.trail);
                }
                Done::Taken => {
                    let key = stored.key.as_str();
                    tracing::error!(
                        key,
                        "another object has the key of a digest; remove it, and keep it as evidence"
                    );
                    self.stuck.failed(Item::Digest(stored.id), elapsed);
                }
                Done::Lost(error) => {
                    tracing::error!(key = stored.key, %error, "a digest has no bytes");
                    self.stuck.failed(Item::Digest(stored.id), elapsed);
                }
                Done::Failed(error) if has_moved(document, stored, error) => again = true,
                Done::Failed(_) if stored.seen => {
                    self.stuck.failed(Item::Digest(stored.id), elapsed);
                }
                Done::Failed(error) => self.rest(document, error),
                Done::Skipped => {}
            }
        }
        if again {
            shared.note_change();
        }
        Ok(())
    }
}

/// Whether a digest has to be made anew because the trail has another bucket now.
fn has_moved(document: &PlanDocument, stored: &StoredDigest, error: &PortError) -> bool {
    !stored.seen && stored.bucket != document.bucket && is_refusal(error)
}

/// Digests of one trail, until one is not taken.
async fn deliver(
    attempt: Attempt,
    document: Arc<PlanDocument>,
    digests: Vec<StoredDigest>,
) -> (Arc<PlanDocument>, Tried) {
    let mut tried = Vec::new();
    for stored in digests {
        let done = match attempt.digest(&document, &stored).await {
            Ok(done) => done,
            Err(error) => Done::Lost(error),
        };
        let goes_on = stored.seen || matches!(done, Done::Stored { .. });
        tried.push((stored, done));
        if !goes_on {
            break;
        }
    }
    (document, tried)
}
