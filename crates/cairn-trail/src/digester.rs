//! The worker that cuts digests: one for each chain and period, also where nothing was delivered.

mod cut;
mod late;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cairn_core::Timestamp;
use cairn_proof::Calendar;
use cairn_store::delivery::LogFile;
use cairn_store::digest::{Chain, ChainId};
use cairn_store::{PlanDocument, delivery, digest};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use self::cut::Cut;
use self::late::Late;
use crate::TrailError;
use crate::keys::Keys;
use crate::shared::Shared;
use crate::uploader::plan;

/// Periods without a digest that are made up for one by one, a week of hours; one digest covers
/// what was before.
const CATCH_UP: i64 = 24 * 7;
/// Digests that are noted together.
const BATCH: usize = 64;

/// Names delivered files in digests.
pub struct Digester {
    shared: Arc<Shared>,
    keys: Keys,
    idle: Option<Idle>,
}

/// There is nothing to do until then, unless the plan changes.
#[derive(Debug, Clone, Copy)]
struct Idle {
    changes: u64,
    until: Timestamp,
}

impl Digester {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, keys: Keys::default(), idle: None }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "trail-digest".into(),
            cadence: Duration::from_millis(500),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Cuts every digest that is due. False when none was.
    ///
    /// # Errors
    /// What keeps a digest from being stored; nothing of it is stored then.
    pub async fn step(&mut self) -> Result<bool, TrailError> {
        let changes = self.shared.changes.load(Ordering::Relaxed);
        let now = self.shared.time.now();
        if self.idle.is_some_and(|idle| idle.changes == changes && now < idle.until) {
            return Ok(false);
        }
        self.idle = None;
        let (mut did, mut until) = (false, Timestamp::MAX);
        for document in plan(&self.shared.store).await?.values() {
            loop {
                let turn = self.shared.turn_of(changes).await;
                let Some(_turn) = turn else { return Ok(true) };
                let round = self.round(document, now).await?;
                if round.cut == 0 {
                    until = until.min(round.until);
                    break;
                }
                did = true;
            }
        }
        self.idle = Some(Idle { changes, until });
        if did {
            self.shared.sealed.wake();
        }
        Ok(did)
    }

    /// The next digest of some of a trail's chains.
    async fn round(
        &mut self,
        document: &PlanDocument,
        now: Timestamp,
    ) -> Result<Round, TrailError> {
        let mut round = Round { cut: 0, until: Timestamp::MAX };
        let mut chains = digest::chains(&self.shared.store, &document.trail).await?;
        let goes_on = |chain: &Chain| !chain.id.backfill && chain.ended.is_none();
        if !chains.iter().any(goes_on) {
            return Ok(round);
        }
        let digested = document.logging && document.log_validation && !document.deleted;
        let next = |chain: &Chain| self.next(document, chain, now).1;
        let is_due = |chain: &Chain| goes_on(chain) && next(chain) <= now;
        if !digested || chains.iter().any(is_due) {
            self.open_streams(document, &mut chains).await?;
        }
        let mut cuts = Vec::new();
        for chain in chains.into_iter().filter(goes_on) {
            if cuts.len() == BATCH {
                break;
            }
            let (period, ending) = if digested {
                let (period, next) = self.next(document, &chain, now);
                round.until = round.until.min(next);
                (period, None)
            } else {
                let last = self.last(document, &chain, now).await?;
                if last.is_none() {
                    // Asked again until everything was delivered.
                    round.until = Timestamp::EPOCH;
                }
                (last, Some(ending(document)))
            };
            if let Some(period) = period {
                cuts.push(self.prepare(document, chain, period, ending).await?);
            }
        }
        round.cut = cuts.len();
        self.store(document, cuts).await?;
        Ok(round)
    }

    /// Chains of Regions that have their first file: they go on from where the one at home is.
    async fn open_streams(
        &self,
        document: &PlanDocument,
        chains: &mut Vec<Chain>,
    ) -> Result<(), TrailError> {
        let at_home = |chain: &&Chain| {
            !chain.id.backfill && chain.id.region == document.home_region && chain.ended.is_none()
        };
        let Some(home) = chains.iter().find(at_home).cloned() else { return Ok(()) };
        for (account, region) in
            delivery::unlisted_streams(&self.shared.store, &document.trail).await?
        {
            let id = ChainId { trail: document.trail.clone(), account, region, backfill: false };
            let known = chains.iter().position(|chain| chain.id == id);
            let known = known.map(|at| chains[at].clone());
            if known.as_ref().is_some_and(|chain| chain.ended.is_none()) {
                continue;
            }
            let chain = self.begin(id, &home, known).await?;
            chains.retain(|other| other.id != chain.id);
            chains.push(chain);
        }
        Ok(())
    }

    async fn begin(
        &self,
        id: ChainId,
        home: &Chain,
        known: Option<Chain>,
    ) -> Result<Chain, TrailError> {
        let store = &self.shared.store;
        let files = delivery::unlisted(store, &id.trail, id.account, &id.region).await?;
        let first = files.iter().map(|file| file.acct_seqs.0.saturating_sub(1)).min();
        let before = known.as_ref().map_or(Timestamp::EPOCH, |chain| chain.until);
        let covered = known.as_ref().map_or(0, |chain| chain.covered);
        let started = home.until.max(before);
        let chain = Chain {
            id,
            reason: home.reason.clone(),
            started,
            ended: None,
            fresh: true,
            until: started,
            position: known.as_ref().map_or(0, |chain| chain.position),
            covered: first.unwrap_or(home.covered).min(home.covered).max(covered),
            previous: known.and_then(|chain| chain.previous),
        };
        let mut txn = store.begin().await?;
        digest::put_chain(&mut txn, &chain).await?;
        txn.commit().await?;
        Ok(chain)
    }

    /// The period that is over, and when the next one is.
    fn next(
        &self,
        document: &PlanDocument,
        chain: &Chain,
        now: Timestamp,
    ) -> (Option<Span>, Timestamp) {
        let period = self.shared.settings.digest_period;
        let mut calendar = Calendar::new(phase(document, period), period, chain.until);
        let next = calendar.next();
        let due = now.seconds().saturating_sub(next.seconds()) / period.as_secs().max(1) as i64;
        let Some(mut first) = calendar.take(now) else { return (None, next) };
        for _ in CATCH_UP..=due {
            let Some(more) = calendar.take(now) else { break };
            first.end = more.end;
        }
        (Some((first.start, first.end)), next)
    }

    /// The last period of a chain, once everything that belongs into it was delivered.
    async fn last(
        &self,
        document: &PlanDocument,
        chain: &Chain,
        now: Timestamp,
    ) -> Result<Option<Span>, TrailError> {
        let ChainId { trail, account, region, .. } = &chain.id;
        let files = delivery::unlisted(&self.shared.store, trail, *account, region).await?;
        if files.iter().any(|file| file.delivered.is_none()) {
            return Ok(None);
        }
        let period = self.shared.settings.digest_period;
        let mut calendar = Calendar::new(phase(document, period), period, chain.until);
        let last = calendar.take_last(now);
        Ok(Some((last.start, last.end)))
    }

    async fn prepare(
        &mut self,
        document: &PlanDocument,
        chain: Chain,
        period: Span,
        ending: Option<&'static str>,
    ) -> Result<(Cut, Late), TrailError> {
        let store = &self.shared.store;
        let ChainId { trail, account, region, .. } = &chain.id;
        // First how far windows are closed, then what they left: never the other way round.
        let covered = covered(&self.shared, document, &chain).await?;
        let files = delivery::unlisted(store, trail, *account, region).await?;
        let in_time = |file: &LogFile| {
            file.delivered.is_some_and(|delivered| ending.is_some() || delivered < period.1)
        };
        let (files, later): (Vec<_>, Vec<_>) = files.into_iter().partition(in_time);
        let (late, files) = self.late(&chain, period, files).await?;
        let first = later.iter().map(|file| file.acct_seqs.0.saturating_sub(1)).min();
        let through = first.unwrap_or(covered).min(covered).max(chain.covered);
        Ok((Cut { chain, period, files, ending, through: Some(through) }, late))
    }

    async fn store(
        &mut self,
        document: &PlanDocument,
        cuts: Vec<(Cut, Late)>,
    ) -> Result<(), TrailError> {
        let mut made = Vec::new();
        for (cut, _) in &cuts {
            made.push(cut.make(&self.shared, document, &mut self.keys).await?);
        }
        let mut txn = self.shared.store.begin().await?;
        for ((cut, _), digest) in cuts.iter().zip(&made) {
            cut.note(&mut txn, digest).await?;
        }
        txn.commit().await?;
        for (cut, late) in cuts {
            self.backfill(document, &cut.chain.id, late).await?;
        }
        Ok(())
    }
}

type Span = (Timestamp, Timestamp);

struct Round {
    cut: usize,
    /// When the next digest is due.
    until: Timestamp,
}

/// How far closed windows reach in the order of the chain's account.
async fn covered(
    shared: &Shared,
    document: &PlanDocument,
    chain: &Chain,
) -> Result<u64, TrailError> {
    let account = chain.id.account;
    let covered = delivery::covered(&shared.store, account).await?;
    if document.account_id()? != account {
        return Ok(covered);
    }
    Ok(covered.max(delivery::reached(&shared.store, &document.trail).await?))
}

fn ending(document: &PlanDocument) -> &'static str {
    match document.reason.as_str() {
        "DeleteTrail" => "delete-trail",
        "UpdateTrail" => "validation-disabled",
        _ => "stop-logging",
    }
}

/// When in the period a trail's digests are cut: not all at the same second.
fn phase(document: &PlanDocument, period: Duration) -> Duration {
    let sum = document
        .trail
        .bytes()
        .fold(0u64, |sum, byte| sum.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    Duration::from_secs(sum % period.as_secs().max(1))
}

impl Worker for Digester {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to cut digests of trails", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.turned.woken().await;
    }
}
