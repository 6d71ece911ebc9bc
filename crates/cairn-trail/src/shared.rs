//! What all workers of delivery hold.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cairn_core::{AccountId, Clock, Entropy, Region, Seq, Timestamp};
use cairn_event::selector::Demand;
use cairn_journal::{Disk, Journal};
use cairn_ports::{Buckets, Topics};
use cairn_proof::{LogKey, LogKind, Place, ProofSigner, Sha256, unique};
use cairn_store::trail_plan::PlanDocument;
use cairn_store::{Store, delivery};
use cairn_task::Wake;

use crate::figures::Counters;
use crate::spool::Spool;
use crate::time::Time;
use crate::{Settings, TrailError};

/// What delivery is made of.
pub struct Parts {
    pub journal: Journal,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// A directory of its own.
    pub disk: Arc<dyn Disk>,
    pub buckets: Arc<dyn Buckets>,
    pub topics: Arc<dyn Topics>,
    /// Names the instance in the key that signs proofs.
    pub name: String,
    /// Is told which data events trails ask for.
    pub demand: Demand,
}

pub(crate) struct Shared {
    pub(crate) journal: Journal,
    pub(crate) store: Store,
    pub(crate) time: Time,
    pub(crate) spool: Spool,
    pub(crate) buckets: Arc<dyn Buckets>,
    pub(crate) topics: Arc<dyn Topics>,
    pub(crate) signer: ProofSigner,
    pub(crate) settings: Settings,
    pub(crate) demand: Demand,
    pub(crate) counters: Counters,
    /// Files or digests wait for their bucket.
    pub(crate) sealed: Wake,
    /// Files were delivered.
    pub(crate) arrived: Wake,
    /// The clock was moved, or chains may have to be begun or ended.
    pub(crate) turned: Wake,
    pub(crate) moved: Wake,
    /// Held while a trail's change is noted, and while its digests are: they see the change whole.
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
    /// Counts changes of the plan.
    pub(crate) changes: AtomicU64,
}

impl Shared {
    pub(crate) fn open(
        parts: Parts,
        settings: Settings,
        high: Timestamp,
    ) -> Result<Self, TrailError> {
        let Parts { journal, store, clock, entropy, disk, buckets, topics, name, demand } = parts;
        let signer = ProofSigner::new(&name, &store.derive_key("proof-root"))?;
        Ok(Self {
            journal,
            time: Time::start(clock, high),
            spool: Spool::new(disk, entropy),
            buckets,
            topics,
            signer,
            settings,
            demand,
            counters: Counters::default(),
            sealed: Wake::default(),
            arrived: Wake::default(),
            turned: Wake::default(),
            moved: Wake::default(),
            turn: Arc::default(),
            changes: AtomicU64::new(0),
            store,
        })
    }

    /// The plan is another from here on.
    pub(crate) fn note_change(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
        self.turned.wake();
        self.sealed.wake();
    }

    /// The turn to note digests, unless the plan changed since so many changes.
    pub(crate) async fn turn_of(&self, changes: u64) -> Option<tokio::sync::OwnedMutexGuard<()>> {
        let turn = self.turn.clone().lock_owned().await;
        (self.changes.load(Ordering::Relaxed) == changes).then_some(turn)
    }

    /// Removes packs that no file on its way is in.
    pub(crate) async fn sweep(&self) -> Result<(), TrailError> {
        let spool = self.spool.clone();
        // First what is loose, then what is named: a pack that is noted in between is held still.
        let loose = cairn_task::blocking("trail-spool", move || spool.loose()).await?;
        if loose.is_empty() {
            return Ok(());
        }
        let named: HashSet<String> = delivery::packs(&self.store).await?.into_iter().collect();
        let done: Vec<String> = loose.difference(&named).cloned().collect();
        let spool = self.spool.clone();
        Ok(cairn_task::blocking("trail-spool", move || spool.remove(&done)).await?)
    }

    /// The key of a log file. `attempt` makes another one where the first was taken by something
    /// else.
    pub(crate) fn log_key(&self, file: &Named<'_>, attempt: u32) -> Result<String, TrailError> {
        let label = format!("delivery:{}:{attempt}", file.document.trail);
        let secret = self.store.derive_key(&label);
        let kind = LogKind::ALL.into_iter().find(|kind| kind.folder() == file.folder);
        let key = LogKey {
            place: place(file.document, file.account, file.region)?,
            kind: kind.unwrap_or(LogKind::Records),
            time: file.time,
            unique: unique(&secret, file.seqs.0, file.seqs.1, file.sha256),
        };
        Ok(key.to_string())
    }
}

/// What a log file is named after.
pub(crate) struct Named<'a> {
    pub(crate) document: &'a PlanDocument,
    pub(crate) account: AccountId,
    pub(crate) region: &'a str,
    pub(crate) folder: &'a str,
    /// The end of the window.
    pub(crate) time: Timestamp,
    pub(crate) seqs: (Seq, Seq),
    pub(crate) sha256: &'a Sha256,
}

/// Where the objects of an account and a Region lie in a trail's bucket.
pub(crate) fn place(
    document: &PlanDocument,
    account: AccountId,
    region: &str,
) -> Result<Place, TrailError> {
    Ok(Place {
        prefix: document.prefix.clone(),
        organization: document.organization.clone(),
        account,
        region: parse_region(document, region)?,
    })
}

pub(crate) fn parse_region(document: &PlanDocument, text: &str) -> Result<Region, TrailError> {
    text.parse().map_err(|_| TrailError::Plan {
        trail: document.arn.clone(),
        why: format!("there is no Region '{text}'"),
    })
}

/// The end of the window that an instant is in, as names show it: a multiple of five minutes.
pub(crate) fn name_time(end: Timestamp) -> Timestamp {
    const STEP: i64 = 300;
    let seconds = end.millis().div_euclid(1000) + i64::from(end.millis() % 1000 != 0);
    Timestamp::from_seconds(
        seconds.div_euclid(STEP) * STEP + if seconds % STEP == 0 { 0 } else { STEP },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_show_multiples_of_five_minutes_that_are_not_past() {
        let at = |text| name_time(Timestamp::parse(text).unwrap()).to_string();
        assert_eq!(at("2026-01-02T03:05:00Z"), "2026-01-02T03:05:00Z");
        assert_eq!(at("2026-01-02T03:05:00.001Z"), "2026-01-02T03:10:00Z");
        assert_eq!(at("2026-01-02T03:05:01Z"), "2026-01-02T03:10:00Z");
        assert_eq!(at("2026-01-02T23:59:59Z"), "2026-01-03T00:00:00Z");
    }
}
