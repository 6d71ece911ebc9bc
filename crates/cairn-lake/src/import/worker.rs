//! The worker that imports: one step of one import at a time, in turns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Arn, Clock};
use cairn_ports::{Actor, Buckets, CLOUDTRAIL, PortError};
use cairn_store::import::{self, Fault, Stage};
use cairn_store::{Import, Store, StoreError, role};
use cairn_task::{Backoff, OnError, OnStop, Progress, Tick, Worker, WorkerError, WorkerSpec};
use tokio::sync::Semaphore;

use super::bring::Course;
use super::fault::{ImportError, refused};
use super::patience::Patience;
use super::scope::Scope;
use super::sink::Sink;
use super::table::Tables;
use super::{bring, judge, list};
use crate::shared::Shared;

/// Log files that are decompressed at once.
const DECODERS: usize = 2;

/// What imports need.
pub(super) struct Parts {
    pub(super) store: Store,
    pub(super) buckets: Arc<dyn Buckets>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) sink: Arc<dyn Sink>,
}

/// Brings what imports ask for.
pub struct Importer {
    parts: Parts,
    decoders: Semaphore,
    /// The import that had the last turn.
    turn: i64,
    /// Folders that are being brought, by the numbers of their imports.
    courses: HashMap<i64, Course>,
    patience: Patience,
    running: u64,
    /// Whether nothing is left of imports that are completed.
    swept: bool,
}

/// One import as a step sees it.
pub(super) struct Work<'a> {
    pub(super) parts: &'a Parts,
    pub(super) decoders: &'a Semaphore,
    pub(super) import: &'a Import,
    pub(super) scope: Scope,
    pub(super) actor: Actor,
}

/// What a step came to.
pub(super) enum Step {
    /// It went on.
    Went,
    /// The import was stopped, or started again.
    Over,
    /// The source does not answer: the same step is tried again.
    Later { location: String, error: PortError },
    /// The whole import cannot go on.
    Failed(Fault),
}

impl Work<'_> {
    pub(super) fn location(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.import.source.bucket)
    }

    /// What to do about an error that concerns the whole source.
    pub(super) fn stopped_by(&self, key: &str, error: PortError) -> Step {
        let location = self.location(key);
        if super::fault::may_pass(&error) {
            return Step::Later { location, error };
        }
        Step::Failed(refused(location, &error))
    }
}

impl Importer {
    pub(crate) fn open(shared: &Arc<Shared>) -> Self {
        Self::new(Parts {
            store: shared.store.clone(),
            buckets: shared.buckets.clone(),
            clock: shared.clock.clone(),
            sink: Arc::new(Tables::new(shared.clone())),
        })
    }

    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            decoders: Semaphore::new(DECODERS),
            turn: 0,
            courses: HashMap::new(),
            patience: Patience::default(),
            running: 0,
            swept: false,
        }
    }

    pub fn spec() -> WorkerSpec {
        WorkerSpec {
            name: "lake-import".into(),
            cadence: Duration::from_millis(500),
            on_error: OnError::Retry { backoff: Backoff::default() },
            on_stop: OnStop::Abandon,
        }
    }

    /// One step of the import whose turn it is; false when there is none.
    ///
    /// # Errors
    /// The own store's and the table's; a source that refuses is none.
    pub(super) async fn step(&mut self) -> Result<bool, ImportError> {
        let running = import::running(&self.parts.store).await?;
        self.running = running.len() as u64;
        let runs = |number: i64| running.iter().any(|import| import.number == number);
        self.courses.retain(|number, _| runs(*number));
        self.patience.retain(runs);
        let Some(import) = self.next(&running) else { return self.sweep().await };
        self.turn = import.number;
        self.swept = false;
        let done = match self.work(import).await {
            Ok(step) => self.settle(import, step).await,
            Err(error) => Err(error),
        };
        // What a step took up and has no note of, only the store knows to be still to come.
        if done.is_err() {
            self.courses.remove(&import.number);
        }
        done.map(|()| true)
    }

    /// One folder of an import that was completed; false when all are swept.
    async fn sweep(&mut self) -> Result<bool, ImportError> {
        if !self.swept {
            let mut txn = self.parts.store.begin().await?;
            self.swept = !import::sweep(&mut txn).await?;
            txn.commit().await?;
        }
        Ok(!self.swept)
    }

    /// The one after the last in turn.
    fn next<'a>(&self, running: &'a [Import]) -> Option<&'a Import> {
        let now = self.parts.clock.elapsed();
        let due = || running.iter().filter(|import| self.patience.is_due(import.number, now));
        due().find(|import| import.number > self.turn).or_else(|| due().next())
    }

    async fn work(&mut self, import: &Import) -> Result<Step, ImportError> {
        let actor = actor(&self.parts.store, import).await?;
        let (parts, decoders, scope) = (&self.parts, &self.decoders, Scope::of(import));
        let work = Work { parts, decoders, import, scope, actor };
        match import.stage {
            Stage::Listing => list::logs(&work).await,
            Stage::ListingDigests => list::digests(&work).await,
            Stage::Reading => judge::read(&work).await,
            Stage::Judging => judge::follow(&work).await,
            Stage::Bringing => bring::step(&work, &mut self.courses).await,
        }
    }

    async fn settle(&mut self, import: &Import, step: Step) -> Result<(), ImportError> {
        let fault = match step {
            Step::Went => {
                self.patience.worked(import.number);
                return Ok(());
            }
            Step::Over => {
                self.courses.remove(&import.number);
                return Ok(());
            }
            Step::Later { location, error } => {
                let (id, now) = (import.id.as_str(), self.parts.clock.elapsed());
                tracing::warn!(import = id, %error, "the source of an import does not answer");
                if self.patience.failed(import.number, now) {
                    return Ok(());
                }
                refused(location, &error)
            }
            Step::Failed(fault) => fault,
        };
        let mut txn = self.parts.store.begin().await?;
        if import::settle(&mut txn, import, &[fault]).await? {
            import::end(&mut txn, import, false).await?;
            txn.commit().await?;
        }
        self.courses.remove(&import.number);
        Ok(())
    }
}

/// Who reads the source: the role that was given, where it is one of the account's; else CloudTrail
/// for the store, as far as the bucket's policy lets it.
///
/// Only administrators start imports, so a role of their own account that nobody made has what they
/// could give it.
async fn actor(store: &Store, import: &Import) -> Result<Actor, StoreError> {
    let account = import.account;
    let given = &import.source.role;
    let own = Arn::parse(given).filter(|arn| arn.account_id() == Some(account));
    let name = own.as_ref().and_then(|arn| arn.resource.rsplit('/').next());
    let Some(name) = name else {
        let source_arn = import.store_arn.clone();
        return Ok(Actor::Service { principal: CLOUDTRAIL, source_arn, source_account: account });
    };
    let admin = match role::get(store, account, name).await {
        Ok(role) => role.admin,
        Err(StoreError::NotFound { .. }) => true,
        Err(error) => return Err(error),
    };
    Ok(Actor::Principal { account, arn: given.clone(), admin })
}

impl Worker for Importer {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        match self.step().await {
            Ok(true) => Ok(Tick::More),
            Ok(false) => Ok(Tick::Idle),
            Err(error) => Err(WorkerError::caused("failed to import log files", error)),
        }
    }

    fn status(&self) -> Progress {
        Progress { lag: Some(self.running), detail: None }
    }
}
