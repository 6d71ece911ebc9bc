//! One schedule, carried out.

mod look;
mod opening;
mod process;
mod swap;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Clock, Entropy, ManualClock, SeededEntropy, Timestamp};
use cairn_journal::{Defect, Settings};
use process::Process;

use crate::dice::Dice;
use crate::disk::{Copy, SimDisk};
use crate::ledger::Ledger;
use crate::parcel::Parcel;
use crate::rule::Violation;
use crate::schedule::{Act, End, Schedule};
use crate::trace::Trace;

/// Bytes of the disk when it is not being filled.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// How the world of a run differs from the plain one, for tests of the rig itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Twist {
    /// The defect that the journal is opened with.
    pub defect: Option<Defect>,
    /// The disk calls syncs done that it did not do.
    pub lying_disk: bool,
}

/// What a run was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Ends of processes that were not clean stops.
    pub crashes: u64,
    /// Drafts answered with an outcome.
    pub acknowledged: u64,
    /// Records at the end.
    pub records: u64,
    /// Errors of the disk that came true.
    pub faults: u64,
    /// Bits that flipped.
    pub rots: u64,
    /// Openings that were refused because of damage that there was.
    pub halts: u64,
    /// Equal for equal runs.
    pub trace: u64,
}

/// Carries out a schedule and judges it.
pub fn run(schedule: &Schedule, twist: Twist) -> Result<Summary, Violation> {
    let mut run = Run::new(schedule, twist);
    for act in &schedule.acts {
        run.act(act)?;
    }
    run.finish()
}

struct Run {
    disk: SimDisk,
    dice: Dice,
    clock: Arc<ManualClock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    ledger: Ledger,
    process: Option<Process>,
    /// What follows when the process dies within an operation.
    end: End,
    filled: bool,
    /// The number of the segment that came from another history, while it is there.
    swapped: Option<u64>,
    /// The file that belongs there.
    ours: Option<Copy>,
    /// Segment and offset of the torn tails that openings cut.
    cuts: BTreeSet<(u64, u64)>,
    trace: Trace,
    summary: Summary,
}

impl Run {
    fn new(schedule: &Schedule, twist: Twist) -> Self {
        let sizes = schedule.sizes;
        let settings = Settings {
            segment_bytes: sizes.segment,
            block_bytes: sizes.block,
            queue_bytes: sizes.queue,
            recent_bytes: sizes.recent,
            cache_bytes: sizes.cache,
            reserve_bytes: sizes.reserve,
            defect: twist.defect,
        };
        let disk = SimDisk::new(schedule.seed, CAPACITY);
        if twist.lying_disk {
            disk.lie();
        }
        Self {
            disk,
            dice: Dice::new(schedule.seed, 4),
            clock: Arc::new(ManualClock::new(Timestamp::from_seconds(1_767_000_000))),
            entropy: Arc::new(SeededEntropy::new(schedule.seed)),
            settings,
            ledger: Ledger::default(),
            process: None,
            end: End::PowerCut,
            filled: false,
            swapped: None,
            ours: None,
            cuts: BTreeSet::new(),
            trace: Trace::default(),
            summary: Summary::default(),
        }
    }

    fn act(&mut self, act: &Act) -> Result<(), Violation> {
        match act {
            Act::Submit(items) => {
                self.ensure_open()?;
                let parcels: Vec<Parcel> = items.iter().map(Parcel::of).collect();
                self.submit(parcels)?;
            }
            Act::Step(count) => {
                self.ensure_open()?;
                for _ in 0..*count {
                    self.step()?;
                }
            }
            Act::Maintain(count) => {
                self.ensure_open()?;
                self.maintain(*count)?;
            }
            Act::Read => {
                self.ensure_open()?;
                self.look_around()?;
            }
            Act::Wait(millis) => self.clock.advance(Duration::from_millis(*millis)),
            Act::TurnBack(seconds) => {
                let now = self.clock.now().seconds();
                self.clock.set(Timestamp::from_seconds(now - seconds));
            }
            Act::Fail(fault) => self.disk.fail(*fault),
            Act::DieIn(operations, end) => {
                self.end = *end;
                self.disk.die_in(*operations);
            }
            Act::End(End::Stop) => self.stop()?,
            Act::End(end) => self.crash(*end)?,
            Act::Fill(free) => {
                self.filled = true;
                self.disk.set_free(*free);
            }
            Act::Clear => self.clear_space(),
            Act::Rot(ending) => self.rot(ending),
            Act::Swap(end) => self.swap(*end)?,
        }
        self.bury()
    }

    /// Ends everything, opens the journal on a disk that behaves, and judges what is there; then
    /// does the same after a clean stop.
    fn finish(mut self) -> Result<Summary, Violation> {
        let end = self.dice.pick(&[End::Kill, End::PowerCut]);
        self.crash(end)?;
        self.disk.calm();
        self.clear_space();
        self.ensure_open()?;
        self.restore()?;
        let view = self.view()?;
        self.ledger.self_test(&view, &self.dice)?;
        self.prove_alive()?;
        self.stop()?;
        self.ensure_open()?;
        let view = self.view()?;
        self.judge_cuts(&view)?;
        self.trace.number(self.disk.trace());
        self.summary.records = view.len() as u64;
        self.summary.acknowledged = self.ledger.acknowledged;
        self.summary.trace = self.trace.hash();
        Ok(self.summary)
    }

    /// A process that died within an act is taken away.
    fn bury(&mut self) -> Result<(), Violation> {
        self.note_faults();
        if self.disk.is_dead() {
            let end = self.end;
            self.crash(end)?;
        } else if self.process.as_ref().is_some_and(|process| process.poisoned) {
            // The process has to end now. The reader gets a last chance to see too much.
            self.read_on()?;
            let end = self.dice.pick(&[End::Kill, End::PowerCut]);
            self.crash(end)?;
        }
        Ok(())
    }

    fn crash(&mut self, end: End) -> Result<(), Violation> {
        self.collect()?;
        match end {
            End::Kill => self.disk.kill(),
            End::Stop | End::PowerCut => self.disk.cut_power(),
        }
        if self.process.take().is_some() {
            self.summary.crashes += 1;
        }
        self.ledger.crashed();
        Ok(())
    }

    fn clear_space(&mut self) {
        self.filled = false;
        self.disk.set_free(CAPACITY);
        // The journal asks for free space only now and then.
        self.clock.advance(Duration::from_secs(1));
    }

    fn rot(&mut self, ending: &str) {
        let paths = self.disk.paths();
        let found: Vec<&String> = paths.iter().filter(|path| path.contains(ending)).collect();
        if let Some(path) = (!found.is_empty()).then(|| self.dice.pick(&found)) {
            for _ in 0..self.dice.pick(&[1, 1, 3, 10]) {
                self.summary.rots += u64::from(self.disk.rot(path).is_some());
            }
        }
    }
}
