//! The interface, ahead of its implementation.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use cairn_core::{AccountId, Clock, Entropy, Seq};

use crate::{
    AppendError, Damage, Disk, Draft, OpenError, Outcome, Poisoned, ReadError, Record, Settings,
};

/// What a journal gets from its surroundings.
#[derive(Clone)]
pub struct Parts {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// The handle to a journal. Cheap to clone.
#[derive(Clone)]
pub struct Journal {}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// True where the directory was empty and a journal was made.
    pub created: bool,
    pub durable: Seq,
    /// This process's epoch.
    pub epoch: u64,
    pub segments: usize,
    /// The torn tail that was cut, if any.
    pub cut: Option<Cut>,
}

/// A torn tail: bytes of a group commit that never finished and was never acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub segment: u64,
    pub offset: u64,
    pub bytes: u64,
}

impl Journal {
    /// Opens the journal in `disk`, making it if the directory is empty.
    pub fn open(
        disk: Arc<dyn Disk>,
        parts: Parts,
        settings: Settings,
    ) -> Result<(Journal, Writer, Recovery), OpenError> {
        todo!("{:?}", (disk.list(), parts.clock.now(), settings))
    }
    /// Waits for room in the queue (bytes), then for durability. One outcome per draft, in order.
    pub async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, AppendError> {
        self.submit(drafts)?.await
    }
    /// Puts drafts into the queue without waiting; `Busy` when it is full.
    pub fn submit(&self, _drafts: Vec<Draft>) -> Result<Ticket, AppendError> {
        todo!()
    }
    /// The last record that is durable.
    pub fn durable(&self) -> Seq {
        todo!()
    }
    pub fn watch_durable(&self) -> tokio::sync::watch::Receiver<Seq> {
        todo!()
    }
    /// Durable records by place: any order in, same order out. `NotFound` names the first missing.
    pub fn read(&self, _seqs: &[Seq]) -> Result<Vec<Record>, ReadError> {
        todo!()
    }
    /// Reads durable records in order; the first one returned is `from` (at least 1).
    pub fn reader(&self, _from: Seq) -> Reader {
        todo!()
    }
    /// The durable record with this event id, if there is one.
    pub fn find(&self, _account: AccountId, _event_id: &str) -> Result<Option<Seq>, ReadError> {
        todo!()
    }
    pub fn stats(&self) -> Stats {
        todo!()
    }
    /// Reads every sealed segment whole and checks every hash. Blocking and long.
    pub fn scrub(&self) -> Result<ScrubReport, io::Error> {
        todo!()
    }
    /// Takes no more drafts: the writer commits what is queued, seals its segment and returns.
    pub fn stop(&self) {
        todo!()
    }
}

/// What [`Journal::submit`] gives: a future of the outcomes.
pub struct Ticket {}

impl Ticket {
    /// The outcomes if they are there already; for callers without an executor. After it gave
    /// `Some` the ticket is spent.
    pub fn try_take(&mut self) -> Option<Result<Vec<Outcome>, AppendError>> {
        todo!()
    }
}

impl Future for Ticket {
    type Output = Result<Vec<Outcome>, AppendError>;
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        todo!()
    }
}

/// Reads in order. Owned by one consumer.
pub struct Reader {}

impl Reader {
    /// The next records, at least one and at most `max`; `None` when everything durable was read.
    /// Never waits: wait on [`Journal::watch_durable`].
    pub fn next(&mut self, _max: usize) -> Result<Option<Arc<[Record]>>, ReadError> {
        todo!()
    }
    /// The place that `next` continues with.
    pub fn position(&self) -> Seq {
        todo!()
    }
}

/// The one thread that commits.
pub struct Writer {}

impl Writer {
    /// Commits until [`Journal::stop`], then seals the segment. Blocking. After an error the
    /// process must end.
    pub fn run(self) -> Result<(), Poisoned> {
        todo!()
    }
    /// One group commit, or nothing when nothing waits. For simulations.
    pub fn step(&mut self) -> Result<Step, Poisoned> {
        todo!()
    }
    /// Makes segment files ahead of need, on a thread of its own. Without one the writer makes
    /// them itself when it needs them.
    pub fn preparer(&mut self) -> Preparer {
        todo!()
    }
    /// Keeps the id runs. Without one (or a `step` now and then) they stay in memory.
    pub fn merger(&mut self) -> Merger {
        todo!()
    }
}

/// What one [`Writer::step`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing waited.
    Idle,
    /// A block is durable.
    Committed { records: usize, last: Seq },
    /// Everything that waited was answered without storing anything.
    Answered,
    /// Stopped and sealed; nothing comes any more.
    Stopped,
}

/// Makes the next segment file ahead of need.
pub struct Preparer {}

impl Preparer {
    /// Works until the journal stops. Blocking.
    pub fn run(self) {
        todo!()
    }
}

/// Writes and merges the id runs.
pub struct Merger {}

impl Merger {
    /// Works until the journal stops. Blocking.
    pub fn run(self) {
        todo!()
    }
    /// Does one piece of work; false when there is nothing to do.
    pub fn step(&mut self) -> Result<bool, ReadError> {
        todo!()
    }
}

/// Counters since the journal was opened, and gauges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    pub durable: Seq,
    /// Bytes of drafts that wait or are being written.
    pub queue_bytes: u64,
    pub blocks: u64,
    /// Bytes of blocks written, after compression.
    pub bytes: u64,
    pub records: u64,
    pub syncs: u64,
    pub sync_total: Duration,
    pub sync_max: Duration,
    pub duplicates: u64,
    pub conflicts: u64,
    pub quarantined: u64,
    /// Drafts refused because the disk is nearly full.
    pub refused: u64,
    /// Free space when last asked.
    pub free_bytes: u64,
    pub segments: u64,
    pub poisoned: bool,
}

/// What a scrub found.
#[derive(Debug, Clone, Default)]
pub struct ScrubReport {
    pub segments: u64,
    pub blocks: u64,
    pub records: u64,
    pub damages: Vec<Damage>,
}
