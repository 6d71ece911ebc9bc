//! The one recorder: from a call to its record, and from the record into the journal.

use std::sync::Arc;

use cairn_core::{AccountId, Clock, Entropy, ErrorKind, Timestamp, event_id};
use cairn_event::{Event, EventBuilder, Flaw, Identity, Quarantine, Reason};
use cairn_journal::{AppendError, Draft, Journal};
use cairn_store::{OutboxId, Store, StoreError, Txn, outbox};
use cairn_task::uninterrupted;
use cairn_wire::Fault;

use crate::{Call, Facts, Trace};

/// Records in one step of draining the outbox.
const OUTBOX_STEP: usize = 100;

/// Renders records and puts them into the journal. A clone is the same recorder.
#[derive(Clone)]
pub struct Recorder {
    journal: Journal,
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Recorder {
    pub fn new(
        journal: Journal,
        store: Store,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { journal, store, clock, entropy }
    }

    /// Records a call; returns when the record is durable.
    ///
    /// # Errors
    /// A 503 when the journal cannot take the record: then the call must not be answered either.
    pub async fn record(
        &self,
        call: &Call,
        trace: &Trace,
        error: Option<&Fault>,
    ) -> Result<(), Fault> {
        let mut drafts = Vec::with_capacity(1);
        for Rendered { account, event, omitted } in
            self.render(call, trace, error, &self.new_id())?
        {
            let draft = Draft::event(account, event);
            // What only reads may not use up the space that is kept for what changes.
            drafts.push(if trace.read_only { draft } else { draft.control() });
            drafts.extend(omitted);
        }
        self.append(drafts).await
    }

    /// Commits an effect with its record in one transaction; returns when the record is in the
    /// journal. Goes through even if the client hangs up meanwhile.
    ///
    /// If the process ends in between, the record waits in the outbox and the next start records
    /// it. If the journal refuses it, the effect stands, the record waits, and the caller is told
    /// to ask again later.
    pub async fn commit(&self, txn: Txn, call: &Call, trace: &Trace) -> Result<(), Fault> {
        let (txn, waiting) = self.prepare(txn, call, trace, &self.new_id()).await?;
        let this = self.clone();
        uninterrupted(async move {
            txn.commit().await.map_err(store_fault)?;
            this.append(waiting.drafts).await?;
            this.clear(&waiting.ids).await;
            Ok(())
        })
        .await
    }

    /// [`Recorder::commit`] of an effect that refers to its own record: `id`, from
    /// [`Recorder::new_id`], becomes the eventID of the caller's record. The records of such
    /// effects reach the journal in the order of the effects, unless the journal refuses one.
    pub async fn commit_as(
        &self,
        txn: Txn,
        call: &Call,
        trace: &Trace,
        id: &str,
    ) -> Result<(), Fault> {
        let (txn, waiting) = self.prepare(txn, call, trace, id).await?;
        let this = self.clone();
        uninterrupted(async move {
            let turn = txn.commit_and_hold().await.map_err(store_fault)?;
            this.append(waiting.drafts).await?;
            drop(turn);
            this.clear(&waiting.ids).await;
            Ok(())
        })
        .await
    }

    /// Puts the records of a call into the outbox, in the transaction of its effect.
    async fn prepare(
        &self,
        mut txn: Txn,
        call: &Call,
        trace: &Trace,
        id: &str,
    ) -> Result<(Txn, Waiting), Fault> {
        let mut waiting = Waiting { ids: Vec::with_capacity(1), drafts: Vec::with_capacity(1) };
        for Rendered { account, event, omitted } in self.render(call, trace, None, id)? {
            let put = outbox::put(&mut txn, account, event.raw()).await;
            waiting.ids.push(put.map_err(store_fault)?);
            waiting.drafts.push(Draft::event(account, event).control());
            waiting.drafts.extend(omitted);
        }
        Ok((txn, waiting))
    }

    async fn append(&self, drafts: Vec<Draft>) -> Result<(), Fault> {
        self.journal.append(drafts).await.map(drop).map_err(append_fault)
    }

    /// Effect and record are durable; a row that stays is recorded again as a duplicate.
    async fn clear(&self, ids: &[OutboxId]) {
        if let Err(error) = self.forget(ids).await {
            tracing::warn!(%error, "failed to clear the outbox; its worker will");
        }
    }

    /// Records what waits in the outbox; true if there may be more.
    pub(crate) async fn drain_step(&self) -> Result<bool, DrainError> {
        let waiting = outbox::list(&self.store, OUTBOX_STEP).await?;
        let more = waiting.len() == OUTBOX_STEP;
        let mut drafts = Vec::with_capacity(waiting.len());
        for record in &waiting {
            let event = Event::parse(record.record.clone())
                .map_err(|flaw| DrainError::Flawed(flaw.to_string()))?;
            drafts.push(Draft::event(record.account, event).control());
        }
        if drafts.is_empty() {
            return Ok(false);
        }
        // A record that reached the journal before its row was removed is a duplicate there.
        self.journal.append(drafts).await?;
        let ids: Vec<OutboxId> = waiting.iter().map(|record| record.id).collect();
        self.forget(&ids).await?;
        Ok(more)
    }

    /// Records everything that waits in the outbox. Before the first request of a start.
    pub async fn drain_outbox(&self) -> Result<(), DrainError> {
        while self.drain_step().await? {}
        Ok(())
    }

    /// The records of a call: the caller's, and that of the account it is shared with.
    fn render(
        &self,
        call: &Call,
        trace: &Trace,
        error: Option<&Fault>,
        id: &str,
    ) -> Result<Vec<Rendered>, Fault> {
        let own = call.caller.account;
        let facts = Facts::of(call, trace, error);
        let Some(other) = trace.shared_with.filter(|other| *other != own) else {
            return Ok(vec![build(&facts, facts.builder(id, self.now()))?]);
        };
        let shared = self.new_id();
        let first = facts.builder(id, self.now()).shared_event_id(&shared);
        let first = build(&facts, first)?;
        let foreign = Facts {
            identity: Identity::aws_account(own, &call.caller.user_id),
            account: other,
            ..facts
        };
        let second = foreign.builder(&self.new_id(), self.now()).shared_event_id(&shared);
        Ok(vec![first, build(&foreign, second)?])
    }

    /// The record of a call that was seen on its way, under an id that may be known already.
    pub(crate) fn render_seen(&self, id: &str, facts: &Facts) -> Result<Rendered, Fault> {
        build(facts, facts.builder(id, self.now()))
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// An eventID that no record has.
    pub fn new_id(&self) -> String {
        event_id(&*self.entropy)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn forget(&self, ids: &[OutboxId]) -> Result<(), StoreError> {
        let mut txn = self.store.begin().await?;
        outbox::remove(&mut txn, ids).await?;
        txn.commit().await
    }
}

/// Records in the outbox that the journal does not have yet.
struct Waiting {
    ids: Vec<OutboxId>,
    drafts: Vec<Draft>,
}

/// A record, and what it had no room for: kept beside it, under the SHA-256 that it names.
pub(crate) struct Rendered {
    pub(crate) account: AccountId,
    pub(crate) event: Event,
    pub(crate) omitted: Vec<Draft>,
}

fn build(facts: &Facts, builder: EventBuilder) -> Result<Rendered, Fault> {
    let built = builder.build().map_err(|flaw| Fault::internal(flaw.to_string()))?;
    let submitter = facts.identity.arn.as_deref().unwrap_or_default();
    let mut omitted = Vec::new();
    for cut in built.cuts {
        let flaw = Flaw { reason: Reason::Omitted, at: 0 };
        let kept = Quarantine::new(cut.whole, flaw, submitter);
        let kept = kept.map_err(|error| Fault::internal(error.to_string()))?;
        omitted.push(Draft::quarantine(facts.account, kept.encode()));
    }
    Ok(Rendered { account: facts.account, event: built.event, omitted })
}

/// Why the outbox could not be emptied; what is in it stays.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Journal(#[from] AppendError),
    #[error("a record in the outbox cannot be read: {0}")]
    Flawed(String),
}

/// The one mapping from the journal's refusals to the wire.
pub fn append_fault(error: AppendError) -> Fault {
    let text = error.to_string();
    if matches!(error, AppendError::Full { .. }) {
        tracing::error!(%error, "refused records");
    }
    match error.kind() {
        ErrorKind::Invalid => Fault::validation(text),
        ErrorKind::Throttled => Fault::throttled(),
        _ => Fault::unavailable(text),
    }
}

fn store_fault(error: StoreError) -> Fault {
    match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Throttled => Fault::unavailable(error.to_string()),
        _ => Fault::internal(error.to_string()),
    }
}
