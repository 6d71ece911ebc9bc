//! Records of calls that others answer: an intent before the call is forwarded, the record of how
//! it ended before the caller is answered.
//!
//! An intent is the record as it reads if nobody lives to see the outcome. It is closed by an event
//! with its id. What is open when the process ends is found by the next start, which lets the
//! intent stand ([`Intents::recover`]).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cairn_core::{AccountId, Seq};
use cairn_event::{Event, Json};
use cairn_journal::{AppendError, Draft, Journal, Kind, Outcome, ReadError};
use cairn_store::{StoreError, cursor};
use cairn_task::{Supervisor, uninterrupted};
use cairn_wire::Fault;
use tokio::time::{Instant, timeout, timeout_at};

use crate::record::{Rendered, append_fault};
use crate::{DrainError, Facts, Recorder};

/// The cursor below which no intent is open.
const CURSOR: &str = "gateway-intents";
/// Outcomes that wait for a journal that refuses them; beyond this the intents stand.
const WAITING: usize = 10_000;
/// Records read at a time while intents are looked for.
const BATCH: usize = 4096;

/// Writes intents and outcomes. A clone is the same.
#[derive(Clone)]
pub struct Intents {
    inner: Arc<Inner>,
}

struct Inner {
    recorder: Recorder,
    supervisor: Supervisor,
    /// How long a call waits for the journal before it is refused.
    patience: Duration,
    /// The last place of earlier processes: what is open up to there is theirs.
    born: Seq,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// A place that is not above the intent's, for each open one.
    open: BTreeMap<u64, usize>,
    /// Whether the intents of earlier processes were settled. Before that, the cursor stays.
    recovered: bool,
    /// What the journal refused.
    waiting: Vec<(Floor, Vec<Draft>)>,
}

/// An intent that is durable and not closed yet.
#[must_use = "an intent is closed by what became of the call"]
pub struct Intent {
    id: String,
    floor: Floor,
}

/// What an intent that is durable only after its call was given up says of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// It was not forwarded.
    Refused,
    /// It was forwarded, and its outcome is not on record.
    Forwarded,
}

/// Keeps the cursor below an intent. Dropped with it: a call that is given up half way keeps
/// nothing back.
struct Floor {
    intents: Intents,
    at: Seq,
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.intents.close(self.at);
    }
}

impl Intents {
    pub fn new(recorder: Recorder, supervisor: Supervisor, patience: Duration) -> Self {
        let born = recorder.journal().durable();
        let inner = Inner { recorder, supervisor, patience, born, state: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    pub fn recorder(&self) -> &Recorder {
        &self.inner.recorder
    }

    /// Records a call that needed no intent, and what it did beyond itself; returns when all of
    /// that is durable.
    ///
    /// # Errors
    /// A 503 when the journal cannot take the record, or does not within the patience.
    pub async fn record(&self, all: &[Facts]) -> Result<(), Fault> {
        let recorder = &self.inner.recorder;
        let drafts = self.drafts(&recorder.new_id(), all, |draft| draft)?;
        match timeout(self.inner.patience, recorder.journal().append(drafts)).await {
            Ok(appended) => appended.map(drop).map_err(append_fault),
            Err(_) => Err(self.slow()),
        }
    }

    /// Makes the intent of a call durable. The call may be forwarded after this, not before.
    ///
    /// # Errors
    /// A 503 as for [`Intents::record`]. Nothing was forwarded then; should the intent become
    /// durable after all, its record will say so.
    pub async fn intend(&self, facts: &Facts, late: Late) -> Result<Intent, Fault> {
        let recorder = &self.inner.recorder;
        let id = recorder.new_id();
        let facts = orphaned(facts, "the server ended before it saw the answer");
        let rendered = recorder.render_seen(&id, &facts)?;
        let draft = Draft::intent(rendered.account, &rendered.event);
        // Whatever is durable now is below the intent.
        let floor = Seq(recorder.journal().durable().0 + 1);
        let intent = Intent { id, floor: self.open(floor) };
        let deadline = Instant::now() + self.inner.patience;
        let ticket = match timeout_at(deadline, self.submit(draft)).await {
            Ok(Ok(ticket)) => ticket,
            Ok(Err(error)) => return Err(append_fault(error)),
            Err(_) => return Err(self.slow()),
        };
        let mut ticket = Box::pin(ticket);
        match timeout_at(deadline, &mut ticket).await {
            Ok(Ok(_)) => Ok(intent),
            Ok(Err(error)) => Err(append_fault(error)),
            Err(_) => {
                self.settle_late(ticket, intent, facts, late);
                Err(self.slow())
            }
        }
    }

    /// Records how a call ended, which closes its intent, and what it did beyond itself; returns
    /// when all of that is durable. The first of `all` is the call.
    ///
    /// # Errors
    /// A 503 when the journal cannot take the record now. It is kept in memory and tried again; if
    /// the process ends first, the intent stands.
    pub async fn settle(&self, intent: Intent, all: &[Facts]) -> Result<(), Fault> {
        // The outcome of what was begun may use the space that is kept for what changes.
        let drafts = self.drafts(&intent.id, all, Draft::control)?;
        let this = self.clone();
        // A client that leaves now does not keep the intent from being closed.
        uninterrupted(async move {
            match this.inner.recorder.journal().append(drafts.clone()).await {
                Ok(_) => Ok(()),
                Err(error) => {
                    this.keep(intent.floor, drafts);
                    Err(append_fault(error))
                }
            }
        })
        .await
    }

    /// Closes an intent from where nobody can wait: a connection that is gone.
    pub fn abandon(&self, intent: Intent, facts: &Facts, reason: &str) {
        let (this, facts) = (self.clone(), orphaned(facts, reason));
        self.inner.supervisor.track(async move {
            if let Err(fault) = this.settle(intent, &[facts]).await {
                tracing::warn!(error = fault.message, "an outcome waits for the journal");
            }
        });
    }

    /// Records something that only this process knows: waits for as long as it takes.
    pub(crate) async fn record_whenever(&self, facts: Facts) -> Result<(), Fault> {
        let recorder = &self.inner.recorder;
        let drafts = self.drafts(&recorder.new_id(), &[facts], Draft::control)?;
        recorder.journal().append(drafts).await.map(drop).map_err(append_fault)
    }

    /// Records a call from where nobody can wait.
    pub fn record_later(&self, facts: Facts) {
        let this = self.clone();
        self.inner.supervisor.track(async move {
            if let Err(fault) = this.record(&[facts]).await {
                tracing::error!(error = fault.message, "the record of a call was refused");
            }
        });
    }

    /// Lets the intents stand that an earlier process left open; gives how many. Before the first
    /// request; where it fails, the worker tries again, and until then nothing is forgotten.
    pub async fn recover(&self) -> Result<usize, DrainError> {
        let recorder = &self.inner.recorder;
        let from = cursor::get(recorder.store(), CURSOR).await?;
        let (journal, until) = (recorder.journal().clone(), self.inner.born);
        let found = cairn_task::blocking("intents", move || left_open(&journal, from, until));
        let found = found.await.map_err(|error| DrainError::Flawed(error.to_string()))?;
        let count = found.len();
        let stand = |((account, _), event)| Draft::event(account, event).control();
        let drafts: Vec<Draft> = found.into_iter().map(stand).collect();
        if !drafts.is_empty() {
            tracing::warn!(count, "calls were on their way when the server ended");
            recorder.journal().append(drafts).await?;
        }
        self.state().recovered = true;
        self.advance().await?;
        Ok(count)
    }

    /// Tries again what the journal refused, and moves the cursor behind all that is closed.
    pub(crate) async fn tick(&self) -> Result<(), DrainError> {
        if !self.state().recovered {
            self.recover().await?;
        }
        let waiting = std::mem::take(&mut self.state().waiting);
        let mut failed = None;
        for (floor, drafts) in waiting {
            if failed.is_none() {
                match self.inner.recorder.journal().append(drafts.clone()).await {
                    Ok(_) => continue,
                    Err(error) => failed = Some(error),
                }
            }
            self.state().waiting.push((floor, drafts));
        }
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(self.advance().await?),
        }
    }

    /// Intents that are open, and outcomes that wait.
    pub fn stats(&self) -> (usize, usize) {
        let state = self.state();
        (state.open.values().sum(), state.waiting.len())
    }

    async fn submit(&self, draft: Draft) -> Result<cairn_journal::Ticket, AppendError> {
        loop {
            match self.inner.recorder.journal().submit(vec![draft.clone()]) {
                // The queue is full: there is room when the writer has written.
                Err(AppendError::Busy) => tokio::time::sleep(Duration::from_millis(2)).await,
                other => return other,
            }
        }
    }

    /// The intent may become durable although its call was refused: then the record must not say
    /// that the call may have taken effect.
    fn settle_late(
        &self,
        ticket: impl Future<Output = Result<Vec<Outcome>, AppendError>> + Send + 'static,
        intent: Intent,
        facts: Facts,
        late: Late,
    ) {
        let this = self.clone();
        self.inner.supervisor.track(async move {
            if ticket.await.is_err() {
                return;
            }
            if late == Late::Forwarded {
                let text = "the journal took too long to take the call's outcome";
                let facts = orphaned(&Facts { additional: None, ..facts }, text);
                let _ = this.settle(intent, &[facts]).await;
                return;
            }
            let text = "the journal took too long: the call was refused and not forwarded";
            let error = Some(("ServiceUnavailable".to_owned(), Some(text.to_owned())));
            let _ = this.settle(intent, &[Facts { error, additional: None, ..facts }]).await;
        });
    }

    async fn advance(&self) -> Result<(), StoreError> {
        let store = self.inner.recorder.store();
        let floor = {
            let durable = self.inner.recorder.journal().durable().0 + 1;
            let state = self.state();
            state.open.keys().next().map_or(durable, |first| *first.min(&durable))
        };
        if Seq(floor) <= cursor::get(store, CURSOR).await? {
            return Ok(());
        }
        let mut txn = store.begin().await?;
        cursor::advance(&mut txn, CURSOR, Seq(floor)).await?;
        txn.commit().await
    }

    fn drafts(
        &self,
        id: &str,
        all: &[Facts],
        mark: impl Fn(Draft) -> Draft,
    ) -> Result<Vec<Draft>, Fault> {
        let recorder = &self.inner.recorder;
        let mut drafts = Vec::with_capacity(all.len());
        for (at, facts) in all.iter().enumerate() {
            let own = if at == 0 { id.to_owned() } else { recorder.new_id() };
            let Rendered { account, event, omitted } = recorder.render_seen(&own, facts)?;
            drafts.push(mark(Draft::event(account, event)));
            drafts.extend(omitted);
        }
        Ok(drafts)
    }

    fn open(&self, floor: Seq) -> Floor {
        *self.state().open.entry(floor.0).or_default() += 1;
        Floor { intents: self.clone(), at: floor }
    }

    fn close(&self, floor: Seq) {
        let mut state = self.state();
        if let Some(count) = state.open.get_mut(&floor.0) {
            *count -= 1;
            if *count == 0 {
                state.open.remove(&floor.0);
            }
        }
    }

    /// Where there are too many, the intents stand at the next start: their floor stays.
    fn keep(&self, floor: Floor, drafts: Vec<Draft>) {
        let mut state = self.state();
        if state.waiting.len() < WAITING {
            state.waiting.push((floor, drafts));
        } else {
            std::mem::forget(floor);
        }
    }

    fn slow(&self) -> Fault {
        let millis = self.inner.patience.as_millis();
        Fault::unavailable(format!(
            "the call could not be recorded within {millis} ms: the journal's disk is slow; send \
             again"
        ))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same call, of which nobody knows how it ended.
pub fn orphaned(facts: &Facts, reason: &str) -> Facts {
    let mut members = match &facts.additional {
        Some(Json::Map(members)) => members.clone(),
        _ => Vec::new(),
    };
    members.push(("outcome".to_owned(), "Unknown".into()));
    members.push(("outcomeReason".to_owned(), reason.into()));
    Facts { additional: Some(Json::Map(members)), ..facts.clone() }
}

/// The intents between two places that no event closes.
fn left_open(
    journal: &Journal,
    from: Seq,
    until: Seq,
) -> Result<BTreeMap<(AccountId, String), Event>, ReadError> {
    let mut open: BTreeMap<(AccountId, String), Event> = BTreeMap::new();
    let mut reader = journal.reader(from);
    while let Some(records) = reader.next(BATCH)? {
        for record in records.iter() {
            match record.kind {
                Kind::Intent if record.seq <= until => {
                    if let Ok(event) = Event::parse(record.raw.clone()) {
                        let id = event.id().into_owned();
                        open.insert((record.account, id), event);
                    }
                }
                Kind::Event if !open.is_empty() => {
                    if let Some(event) = record.event() {
                        open.remove(&(record.account, event.id().into_owned()));
                    }
                }
                _ => {}
            }
        }
        if reader.position() > until && open.is_empty() {
            break;
        }
    }
    Ok(open)
}
