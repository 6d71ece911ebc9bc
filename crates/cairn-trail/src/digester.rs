//! The worker that cuts digests: one for each chain and period, also where nothing was delivered.

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{AccountId, Timestamp};
use cairn_proof::Calendar;
use cairn_store::delivery::LogFile;
use cairn_store::digest::{Chain, ChainId};
use cairn_store::{PlanDocument, delivery, digest};
use cairn_task::{Backoff, OnError, OnStop, Tick, Worker, WorkerError, WorkerSpec};

use crate::TrailError;
use crate::keys::Keys;
use crate::shared::Shared;
use crate::store_digest::{Cut, store};
use crate::uploader::plan;

/// Periods without a digest that are made up for one by one, a week of hours; beyond that one
/// digest covers what is left.
const CATCH_UP: usize = 24 * 7;

/// Names delivered files in digests.
pub struct Digester {
    shared: Arc<Shared>,
    keys: Keys,
}

impl Digester {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, keys: Keys::default() }
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
        let mut did = false;
        for document in plan(&self.shared).await?.values() {
            did |= self.trail(document).await?;
        }
        if did {
            self.shared.sealed.wake();
        }
        Ok(did)
    }

    async fn trail(&mut self, document: &PlanDocument) -> Result<bool, TrailError> {
        let mut chains = digest::chains(&self.shared.store, &document.trail).await?;
        if chains.is_empty() {
            return Ok(false);
        }
        let digested = document.logging && document.log_validation && !document.deleted;
        self.open_streams(document, &mut chains).await?;
        let mut did = false;
        for chain in chains.iter().filter(|chain| !chain.id.backfill && chain.ended.is_none()) {
            did |= if digested {
                self.go_on(document, chain).await?
            } else {
                self.end(document, chain).await?
            };
        }
        Ok(did)
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
            let known = chains.iter().find(|chain| chain.id == id).cloned();
            if known.as_ref().is_some_and(|chain| chain.ended.is_none()) {
                continue;
            }
            let before = known.as_ref().map_or(Timestamp::EPOCH, |chain| chain.until);
            let started = home.until.max(before);
            let chain = Chain {
                id,
                reason: home.reason.clone(),
                started,
                ended: None,
                fresh: true,
                until: started,
                position: known.as_ref().map_or(0, |chain| chain.position),
                covered: home.covered,
                previous: known.and_then(|chain| chain.previous),
            };
            let mut txn = self.shared.store.begin().await?;
            digest::put_chain(&mut txn, &chain).await?;
            txn.commit().await?;
            chains.push(chain);
        }
        Ok(())
    }

    /// The digests of all periods that are over.
    async fn go_on(&mut self, document: &PlanDocument, chain: &Chain) -> Result<bool, TrailError> {
        let now = self.shared.time.now();
        let period = self.shared.settings.digest_period;
        let mut calendar = Calendar::new(phase(document, period), period, chain.until);
        if calendar.next() > now {
            return Ok(false);
        }
        let mut periods = Vec::new();
        while periods.len() < CATCH_UP
            && let Some(period) = calendar.take(now)
        {
            periods.push((period.start, period.end));
        }
        if calendar.next() <= now
            && let Some(last) = periods.last_mut()
        {
            while let Some(period) = calendar.take(now) {
                last.1 = period.end;
            }
        }
        let mut chain = chain.clone();
        for period in periods {
            chain = self.cut(document, &chain, period, None).await?;
        }
        Ok(true)
    }

    /// The last digest of a chain, once everything that belongs into it was delivered.
    async fn end(&mut self, document: &PlanDocument, chain: &Chain) -> Result<bool, TrailError> {
        let ChainId { trail, account, region, .. } = &chain.id;
        let files = delivery::unlisted(&self.shared.store, trail, *account, region).await?;
        if files.iter().any(|file| file.delivered.is_none()) {
            return Ok(false);
        }
        let now = self.shared.time.now();
        let period = self.shared.settings.digest_period;
        let mut calendar = Calendar::new(phase(document, period), period, chain.until);
        let last = calendar.take_last(now);
        let by = match document.reason.as_str() {
            "DeleteTrail" => "delete-trail",
            "UpdateTrail" => "validation-disabled",
            _ => "stop-logging",
        };
        self.cut(document, chain, (last.start, last.end), Some(by)).await?;
        Ok(true)
    }

    async fn cut(
        &mut self,
        document: &PlanDocument,
        chain: &Chain,
        period: (Timestamp, Timestamp),
        ending: Option<&'static str>,
    ) -> Result<Chain, TrailError> {
        let shared = self.shared.clone();
        let ChainId { trail, account, region, .. } = &chain.id;
        let files = delivery::unlisted(&shared.store, trail, *account, region).await?;
        let in_time = |file: &LogFile| {
            ending.is_some() || file.delivered.is_some_and(|delivered| delivered < period.1)
        };
        let (files, mut later): (Vec<_>, Vec<_>) = files.into_iter().partition(in_time);
        let (late, files) = self.late(chain, period, files).await?;
        let through = through(&shared, document, *account, chain, &mut later).await?;
        let cut = Cut { document, chain, period, files: &files, ending, through: Some(through) };
        let next = store(&shared, &mut self.keys, cut).await?;
        for (span, files) in late {
            self.backfill(document, &chain.id, span, &files).await?;
        }
        Ok(next)
    }

    /// Files that came so late that the digest of their own hour is long there, by that hour, and
    /// the others.
    async fn late(
        &self,
        chain: &Chain,
        period: (Timestamp, Timestamp),
        files: Vec<LogFile>,
    ) -> Result<(Vec<(Span, Vec<LogFile>)>, Vec<LogFile>), TrailError> {
        let store = &self.shared.store;
        let oldest = period.0.saturating_sub(self.shared.settings.digest_period);
        let (mut late, mut rest): (Vec<(Span, Vec<LogFile>)>, Vec<LogFile>) =
            (Vec::new(), Vec::new());
        let backfilled = ChainId { backfill: true, ..chain.id.clone() };
        for file in files {
            let old = file.closed < oldest && file.closed >= chain.started;
            let span =
                if old { digest::period_at(store, &chain.id, file.closed).await? } else { None };
            // An hour has one backfill digest; what comes later still goes into the next of all.
            let span = match span {
                Some(span) => {
                    let taken = digest::period_at(store, &backfilled, span.1).await?;
                    Some(span).filter(|span| taken.is_none_or(|taken| taken != *span))
                }
                None => None,
            };
            match span {
                Some(span) => match late.iter_mut().find(|(known, _)| *known == span) {
                    Some((_, files)) => files.push(file),
                    None => late.push((span, vec![file])),
                },
                None => rest.push(file),
            }
        }
        Ok((late, rest))
    }

    async fn backfill(
        &mut self,
        document: &PlanDocument,
        id: &ChainId,
        span: Span,
        files: &[LogFile],
    ) -> Result<(), TrailError> {
        let shared = self.shared.clone();
        let id = ChainId { backfill: true, ..id.clone() };
        let chains = digest::chains(&shared.store, &id.trail).await?;
        let chain = chains.into_iter().find(|chain| chain.id == id).unwrap_or(Chain {
            id,
            reason: "start-logging".to_owned(),
            started: span.0,
            ended: None,
            fresh: true,
            until: span.0,
            position: 0,
            covered: 0,
            previous: None,
        });
        let cut = Cut { document, chain: &chain, period: span, files, ending: None, through: None };
        store(&shared, &mut self.keys, cut).await?;
        Ok(())
    }
}

type Span = (Timestamp, Timestamp);

/// How far the digest can answer for the account's records: up to the first one of a file that no
/// digest names yet.
async fn through(
    shared: &Shared,
    document: &PlanDocument,
    account: AccountId,
    chain: &Chain,
    later: &mut [LogFile],
) -> Result<u64, TrailError> {
    let covered = delivery::covered(&shared.store, account).await?;
    let own = document.account_id()? == account;
    let reached = if own { delivery::reached(&shared.store, &document.trail).await? } else { 0 };
    let all = covered.max(reached);
    let first = later.iter().map(|file| file.acct_seqs.0.saturating_sub(1)).min();
    Ok(first.unwrap_or(all).min(all).max(chain.covered))
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
            Ok(_) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to cut digests of trails", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.turned.woken().await;
    }
}
