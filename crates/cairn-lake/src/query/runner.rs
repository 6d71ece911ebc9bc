//! The worker that takes queries up.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use cairn_core::{AccountId, Timestamp};
use cairn_store::StoreError;
use cairn_store::query::{self, End, Outcome, Query, QueryStatus, Statistics};
use cairn_task::{Backoff, Job, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};

use super::progress::Gauge;
use super::{results, run};
use crate::LakeError;
use crate::shared::Shared;

/// How often what runs is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How often a query is taken up again by a server that finds it begun: it may be what ended the
/// servers before.
const RESUMES: u64 = 2;
/// How often old results are looked for.
const EXPIRE: Duration = Duration::from_mins(1);

/// A query that runs.
pub(crate) struct Running {
    query: Query,
    pub(crate) gauge: Arc<Gauge>,
    /// What came of it, once it is over.
    outcome: Arc<OnceLock<Outcome>>,
    /// Ends early when it leaves the list.
    work: Job<()>,
}

impl Running {
    /// Ends it at its next pause.
    pub(crate) fn stop(&self) {
        self.gauge.term.cancel();
        self.work.stop();
    }
}

/// Runs queries, some at a time, and forgets old ones.
pub struct Runner {
    shared: Arc<Shared>,
    expired: Option<Duration>,
    /// Queries that this process found when it started, and has not run yet; `None` before it has
    /// looked.
    left: Option<HashSet<String>>,
}

impl Runner {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, expired: None, left: None }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "lake-query".into(),
            cadence: LOOK,
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// Starts what waits, ends what was cancelled.
    ///
    /// # Errors
    /// The store's.
    pub async fn step(&mut self) -> Result<(), LakeError> {
        self.note().await?;
        let waiting = query::waiting(&self.shared.store).await?;
        self.end(&waiting).await?;
        let ids = || waiting.iter().map(|query| query.id.clone()).collect();
        self.left.get_or_insert_with(ids);
        let mut waiting = waiting;
        while running(&self.shared).len() < self.shared.settings.running_queries
            && let Some(next) = self.next(&waiting)
        {
            self.start(waiting.remove(next)).await?;
        }
        self.expire().await
    }

    /// Of accounts of which the fewest run, the query that waits longest: who asks much does not
    /// keep others waiting.
    fn next(&self, waiting: &[Query]) -> Option<usize> {
        let mut of_account: HashMap<AccountId, usize> = HashMap::new();
        let mut runs = HashSet::new();
        for (id, running) in &*running(&self.shared) {
            *of_account.entry(running.query.account).or_default() += 1;
            runs.insert(id.clone());
        }
        let may_run = |query: &Query| !runs.contains(&query.id) && !self.waits(query);
        let all = waiting.iter().enumerate().filter(|(_, query)| may_run(query));
        all.min_by_key(|(_, query)| of_account.get(&query.account)).map(|(at, _)| at)
    }

    /// Of queries that a process ended with one runs at a time: each has its own end to answer for.
    fn waits(&self, query: &Query) -> bool {
        let ran = |query: &Query| query.status == QueryStatus::Running;
        ran(query) && running(&self.shared).values().any(|running| ran(&running.query))
    }

    async fn start(&mut self, query: Query) -> Result<(), LakeError> {
        let left = self.left.as_ref().is_some_and(|left| left.contains(&query.id));
        if !left {
            return self.start_new(query).await;
        }
        if query.resumed >= RESUMES {
            finish(&self.shared, &query, &failed(GIVEN_UP)).await?;
        } else if self.begin(&query.id, true).await? {
            // It is written down first: what ends the process may do so at once.
            self.run(query.clone());
        }
        self.left.as_mut().map(|left| left.remove(&query.id));
        Ok(())
    }

    /// The query runs while it is written down that it does.
    async fn start_new(&self, query: Query) -> Result<(), LakeError> {
        let id = query.id.clone();
        self.run(query);
        let begun = self.begin(&id, false).await;
        if !matches!(begun, Ok(true)) {
            self.forget(&id)?;
        }
        begun.map(|_| ())
    }

    fn run(&self, query: Query) {
        let limit = self.shared.settings.query_timeout;
        let gauge = Arc::new(Gauge::new(self.shared.clock.clone(), limit));
        let outcome: Arc<OnceLock<Outcome>> = Arc::default();
        let (shared, watched, begun) = (self.shared.clone(), gauge.clone(), query.clone());
        let ended = outcome.clone();
        let work = self.shared.pool.run(async move {
            let _ = ended.set(run::run(&shared, &query, &watched).await);
            shared.asked.wake();
        });
        let started = Running { query: begun, gauge, outcome, work };
        running(&self.shared).insert(started.query.id.clone(), started);
    }

    /// Whether the query is to run still: it may have been cancelled.
    async fn begin(&self, id: &str, again: bool) -> Result<bool, LakeError> {
        let mut txn = self.shared.store.begin().await?;
        let begun = if again {
            query::resume(&mut txn, id).await?
        } else {
            query::begin(&mut txn, id).await?
        };
        txn.commit().await?;
        Ok(begun)
    }

    /// Writes down what came of queries that are over. It is done here and not by the query: its
    /// threads may all be busy, and whoever has begun to write keeps everyone else waiting.
    async fn note(&self) -> Result<(), LakeError> {
        let over: Vec<(Query, Arc<OnceLock<Outcome>>, Arc<Gauge>)> = running(&self.shared)
            .values()
            .filter(|running| running.outcome.get().is_some() || running.work.is_over())
            .map(|running| (running.query.clone(), running.outcome.clone(), running.gauge.clone()))
            .collect();
        for (query, outcome, gauge) in over {
            if outcome.get().is_none() && !gauge.term.is_unwanted() {
                tracing::error!(query = query.id, "a query panicked");
            }
            finish(&self.shared, &query, outcome.get_or_init(|| failed(BROKEN))).await?;
            running(&self.shared).remove(&query.id);
        }
        Ok(())
    }

    /// Ends what was cancelled.
    async fn end(&self, waiting: &[Query]) -> Result<(), LakeError> {
        let wanted: HashSet<&str> = waiting.iter().map(|query| query.id.as_str()).collect();
        let unwanted: Vec<Query> = running(&self.shared)
            .iter()
            .filter(|(id, running)| {
                !wanted.contains(id.as_str()) && running.outcome.get().is_none()
            })
            .map(|(_, running)| running.query.clone())
            .collect();
        for Query { account, region, id, .. } in unwanted {
            // One that has come to its end by itself leaves the list by itself.
            let now = query::get(&self.shared.store, account, &region, &id).await?;
            if now.status == QueryStatus::Cancelled {
                self.forget(&id)?;
            }
        }
        Ok(())
    }

    /// Ends a run, then removes what it wrote: one that has just come to its end finds that it is
    /// unwanted, or nothing to name as its result.
    fn forget(&self, id: &str) -> Result<(), LakeError> {
        if let Some(unwanted) = running(&self.shared).remove(id) {
            unwanted.stop();
        }
        results::remove(&*self.shared.results, id)
    }

    async fn expire(&mut self) -> Result<(), LakeError> {
        let now = self.shared.clock.elapsed();
        if self.expired.is_some_and(|last| now.saturating_sub(last) < EXPIRE) {
            return Ok(());
        }
        self.expired = Some(now);
        let before: Timestamp =
            self.shared.clock.now().saturating_sub(self.shared.settings.keep_results);
        let gone = query::expired(&self.shared.store, before).await?;
        if gone.is_empty() {
            return Ok(());
        }
        for id in &gone {
            results::remove(&*self.shared.results, id)?;
        }
        let mut txn = self.shared.store.begin().await?;
        query::remove(&mut txn, &gone).await?;
        Ok(txn.commit().await?)
    }
}

/// What is said of a run that panicked.
const BROKEN: &str = "The query failed because of an internal error.";
/// And of a query that was running whenever the server ended.
const GIVEN_UP: &str = "The query failed because the server ended each time that it ran.";

fn failed(said: &str) -> Outcome {
    let (labels, statistics) = (Vec::new(), Statistics::default());
    Outcome { end: End::Failed(said.to_owned()), labels, statistics }
}

async fn finish(shared: &Shared, query: &Query, outcome: &Outcome) -> Result<(), LakeError> {
    let mut txn = shared.store.begin().await?;
    let noted = query::finish(&mut txn, &query.id, outcome).await?;
    txn.commit().await?;
    shared.note_query_end();
    let stands = noted || is_noted(shared, query, outcome).await?;
    if stands && query.delivery_uri.is_some() {
        shared.answered.wake();
    }
    if !stands || !matches!(outcome.end, End::Finished | End::TimedOut) {
        results::remove(&*shared.results, &query.id)?;
    }
    Ok(())
}

/// Whether a commit that was said to have failed has noted the outcome; else it was cancelled.
async fn is_noted(shared: &Shared, query: &Query, outcome: &Outcome) -> Result<bool, LakeError> {
    match query::get(&shared.store, query.account, &query.region, &query.id).await {
        Ok(now) => Ok(now.status == outcome.end.status()),
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn running(shared: &Shared) -> std::sync::MutexGuard<'_, HashMap<String, Running>> {
    shared.running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker for Runner {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(()) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to run queries", error)),
        }
    }

    async fn wait(&mut self) {
        self.shared.asked.woken().await;
    }

    fn status(&self) -> Progress {
        Progress { lag: Some(running(&self.shared).len() as u64), detail: None }
    }
}
