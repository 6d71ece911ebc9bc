//! The one thread that commits: what waits becomes one block, is written and synced, and only
//! then shown and answered.

mod block;
mod commit;
mod gather;
mod space;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use block::BlockBuilder;
use cairn_core::Seq;
use space::Space;

use crate::prepare::{Bench, Plan};
use crate::queue::Job;
use crate::segment::{Active, Counters, Edge};
use crate::shared::Shared;
use crate::{AppendError, Cut, Disk, Merger, Poisoned, Preparer, is_full, lock};

/// Commits what waits in the queue. There is exactly one for each open journal.
pub struct Writer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    bench: Arc<Bench>,
    /// `None` until the first commit, and between two segments.
    active: Option<Active>,
    edge: Edge,
    epoch: u64,
    next_segment: u64,
    counters: Counters,
    /// The counters that change with the block.
    staged_counters: Counters,
    /// Torn tails that are still to be recorded.
    cuts: Vec<Cut>,
    block: BlockBuilder,
    jobs: VecDeque<Job>,
    /// Jobs whose last draft is in the block.
    done: Vec<Job>,
    space: Space,
    /// Bytes behind the last block that a write may have left there when space ran out.
    spoiled: usize,
}

/// What one [`Writer::step`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing waited.
    Idle,
    /// A block is durable.
    Committed { records: usize, last: Seq },
    /// Nothing was stored of what was looked at: it was there already, or refused. More may wait.
    Answered,
    /// Stopped and sealed; nothing comes any more.
    Stopped,
}

/// Where a journal was found to end.
pub(crate) struct Start {
    pub(crate) segments: Arc<dyn Disk>,
    pub(crate) active: Option<Active>,
    pub(crate) edge: Edge,
    pub(crate) epoch: u64,
    pub(crate) next_segment: u64,
    pub(crate) counters: Counters,
    /// Torn tails that no record tells of yet.
    pub(crate) cuts: Vec<Cut>,
}

/// Why a block was not committed.
enum Trouble {
    /// Nothing was changed; later it may work.
    Full(AppendError),
    Poisoned(Poisoned),
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, start: Start) -> Self {
        Self {
            shared,
            bench: Arc::new(Bench::new(start.segments.clone())),
            disk: start.segments,
            active: start.active,
            edge: start.edge,
            epoch: start.epoch,
            next_segment: start.next_segment,
            counters: start.counters,
            staged_counters: Counters::default(),
            cuts: start.cuts,
            block: BlockBuilder::new(),
            jobs: VecDeque::new(),
            done: Vec::new(),
            space: Space::default(),
            spoiled: 0,
        }
    }

    /// Commits until [`crate::Journal::stop`], then seals the segment. Blocking. After an error
    /// the process must end.
    pub fn run(mut self) -> Result<(), Poisoned> {
        loop {
            match self.step()? {
                Step::Stopped => return Ok(()),
                Step::Idle => self.shared.queue.wait(),
                Step::Committed { .. } | Step::Answered => {}
            }
        }
    }

    /// One group commit, or nothing when nothing waits. After an error every further step gives
    /// an error.
    pub fn step(&mut self) -> Result<Step, Poisoned> {
        if self.shared.poisoned.load(Ordering::Acquire) {
            return Err(Poisoned { doing: "committing", message: "it failed before".to_owned() });
        }
        self.try_step().inspect_err(|poisoned| self.poison(poisoned))
    }

    /// Makes segment files ahead of need, on a thread of its own. Without one the writer makes
    /// them when it needs them.
    pub fn preparer(&mut self) -> Preparer {
        let segment = self.next_segment;
        let size = self.shared.settings.segment_bytes;
        Preparer::new(self.bench.clone(), Plan { segment, size })
    }

    /// Writes and merges the id runs, on a thread of its own. Without one the writer writes them
    /// when too many wait, and never merges.
    pub fn merger(&self) -> Merger {
        Merger::new(self.shared.clone())
    }

    fn try_step(&mut self) -> Result<Step, Poisoned> {
        let closed = self.shared.queue.take(self.shared.settings.block_bytes, &mut self.jobs);
        if self.jobs.is_empty() {
            match closed {
                Some(_) => return self.finish(),
                None if self.cuts.is_empty() => return Ok(Step::Idle),
                None => {}
            }
        }
        let refused = self.refuse_ordinary();
        self.gather()?;
        if self.block.is_empty() {
            let answered = refused + self.done.len();
            self.answer(None);
            // A job of more than a block may have shown nothing but duplicates so far.
            let idle = answered == 0 && self.jobs.is_empty();
            return Ok(if idle { Step::Idle } else { Step::Answered });
        }
        match self.commit() {
            Ok(step) => {
                self.answer(None);
                Ok(step)
            }
            Err(Trouble::Full(error)) => Ok(self.give_up(error)),
            Err(Trouble::Poisoned(poisoned)) => Err(poisoned),
        }
    }

    /// Refuses all but control drafts while space is short; how many jobs.
    fn refuse_ordinary(&mut self) -> usize {
        let reserve = self.shared.settings.reserve_bytes;
        let clock = &*self.shared.parts.clock;
        let Some(error) = self.space.refusal(&*self.disk, clock, reserve) else { return 0 };
        let (kept, refused): (VecDeque<_>, VecDeque<_>) =
            self.jobs.drain(..).partition(|job| job.control);
        self.jobs = kept;
        let count = refused.len();
        for job in refused {
            lock(&self.shared.stats).refused += job.drafts.len() as u64;
            job.answer(Some(error.clone()));
        }
        count
    }

    /// Takes the block back and answers everyone who has a part in it.
    fn give_up(&mut self, error: AppendError) -> Step {
        self.block.begin(self.edge.seq + 1, self.edge.ingest_ms);
        let partly = self.jobs.front().is_some_and(|job| !job.outcomes.is_empty());
        self.done.extend(partly.then(|| self.jobs.pop_front()).flatten());
        let idle = self.done.is_empty() && self.jobs.is_empty();
        let step = if idle { Step::Idle } else { Step::Answered };
        let drafts = self.done.iter().map(|job| job.keys.len() as u64).sum::<u64>();
        lock(&self.shared.stats).refused += drafts;
        self.answer(Some(error));
        step
    }

    fn answer(&mut self, error: Option<AppendError>) {
        self.done.drain(..).for_each(|job| job.answer(error.clone()));
    }

    /// Seals the segment: the next start finds a footer and has nothing to scan.
    fn finish(&mut self) -> Result<Step, Poisoned> {
        if self.active.as_ref().is_some_and(|active| !active.is_empty()) {
            self.seal_active()?;
        }
        self.bench.stop();
        self.shared.chores.stop();
        Ok(Step::Stopped)
    }

    fn poison(&mut self, poisoned: &Poisoned) {
        tracing::error!(%poisoned, "nothing is acknowledged any more");
        self.shared.poisoned.store(true, Ordering::Release);
        self.shared.queue.close(AppendError::Poisoned);
        self.answer(Some(AppendError::Poisoned));
        self.jobs.drain(..).for_each(|job| job.answer(Some(AppendError::Poisoned)));
        self.shared.queue.fail_all(&AppendError::Poisoned);
    }
}

impl Drop for Writer {
    /// Nobody commits any more: who waits must learn of it. Touches no file.
    fn drop(&mut self) {
        self.shared.queue.close(AppendError::Stopped);
        self.shared.queue.fail_all(&AppendError::Stopped);
        self.bench.stop();
        self.shared.chores.stop();
    }
}

/// A failure that must not be survived.
fn poisoned(doing: &'static str) -> impl Fn(io::Error) -> Poisoned {
    move |error| Poisoned { doing, message: error.to_string() }
}

/// No space is an answer; everything else is the end.
fn full_or_poisoned(
    doing: &'static str,
    full: impl FnOnce() -> AppendError,
) -> impl FnOnce(io::Error) -> Trouble {
    move |error| {
        if is_full(&error) {
            return Trouble::Full(full());
        }
        Trouble::Poisoned(poisoned(doing)(error))
    }
}
