//! Many schedules, on all threads that are wanted.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cairn_journal::Defect;

use crate::rule::{Rule, Violation};
use crate::run::{Summary, Twist, run};
use crate::schedule::Schedule;

/// One in so many schedules is carried out twice.
const TWICE: u64 = 64;

/// What to carry out.
#[derive(Debug, Clone, Copy)]
pub struct Campaign {
    pub first_seed: u64,
    pub schedules: u64,
    pub threads: usize,
    pub twist: Twist,
}

/// What was carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub schedules: u64,
    /// Schedules that were carried out a second time and did the same.
    pub replayed: u64,
    pub crashes: u64,
    pub acknowledged: u64,
    pub records: u64,
    pub faults: u64,
    pub rots: u64,
    pub halts: u64,
    /// The violation of the lowest seed that was found.
    pub violation: Option<Found>,
}

/// A violation and where it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub seed: u64,
    pub violation: Violation,
}

impl Campaign {
    /// Carries out schedules until one violates a rule or there are no more.
    pub fn run(&self) -> Totals {
        let (next, totals) = (AtomicU64::new(0), Mutex::new(Totals::default()));
        let work = || {
            let mut own = Totals::default();
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && at < self.schedules
            {
                if let Err(found) = self.run_one(self.first_seed.wrapping_add(at), &mut own) {
                    own.violation = Some(found);
                    next.store(self.schedules, Ordering::Relaxed);
                }
            }
            *totals.lock().unwrap_or_else(PoisonError::into_inner) += own;
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.max(1) {
                scope.spawn(work);
            }
            work();
        });
        totals.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_one(&self, seed: u64, totals: &mut Totals) -> Result<(), Found> {
        SEED.set(seed);
        let found = |violation| Found { seed, violation };
        let schedule = Schedule::new(seed);
        let summary = run(&schedule, self.twist).map_err(found)?;
        totals.schedules += 1;
        *totals += summary;
        if seed.is_multiple_of(TWICE) {
            let again = run(&schedule, self.twist).map_err(found)?;
            if again != summary {
                let what = format!("{summary:?} the first time, then {again:?}");
                return Err(found(Violation::new(Rule::Replay, what)));
            }
            totals.replayed += 1;
        }
        Ok(())
    }
}

thread_local! {
    static SEED: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// The seed of the schedule that this thread carries out: for whoever reports a panic.
pub fn current_seed() -> u64 {
    SEED.get()
}

/// How many schedules it takes to find a defect, and what finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    pub defect: Defect,
    /// How many schedules were carried out, and the violation; `None` if none of them found it.
    pub caught: Option<(u64, Found)>,
}

impl Score {
    /// Looks for a planted defect in at most `schedules` schedules.
    pub fn of(defect: Defect, first_seed: u64, schedules: u64) -> Self {
        let twist = Twist { defect: Some(defect), ..Twist::default() };
        let campaign = Campaign { first_seed, schedules, threads: 1, twist };
        let totals = campaign.run();
        Self { defect, caught: totals.violation.map(|found| (totals.schedules + 1, found)) }
    }
}

impl AddAssign<Summary> for Totals {
    fn add_assign(&mut self, summary: Summary) {
        self.crashes += summary.crashes;
        self.acknowledged += summary.acknowledged;
        self.records += summary.records;
        self.faults += summary.faults;
        self.rots += summary.rots;
        self.halts += summary.halts;
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.replayed += other.replayed;
        self.crashes += other.crashes;
        self.acknowledged += other.acknowledged;
        self.records += other.records;
        self.faults += other.faults;
        self.rots += other.rots;
        self.halts += other.halts;
        let found = self.violation.take().into_iter().chain(other.violation);
        self.violation = found.min_by_key(|found| found.seed);
    }
}
