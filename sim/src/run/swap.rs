use std::sync::Arc;

use cairn_core::SeededEntropy;
use cairn_journal::{Journal, Parts, Step};

use super::Run;
use crate::disk::SimDisk;
use crate::parcel::{Item, Parcel};
use crate::rule::Violation;
use crate::schedule::End;

/// Records of one batch that each history gets.
const BATCH: u64 = 3;
/// Ids that no other act uses; the second history has its own.
const OURS: u64 = 1 << 41;
const THEIRS: u64 = 1 << 42;
/// Steps that suffice for one batch.
const STEPS: usize = 20;

impl Run {
    /// Two histories part: they have as many records of the same accounts and sizes, so that all
    /// numbers agree. Then a segment of one is put into the place of one of the other. Only the
    /// hash that the next segment holds of it can tell.
    pub(super) fn swap(&mut self, end: End) -> Result<(), Violation> {
        self.disk.calm();
        self.clear_space();
        self.ensure_open()?;
        self.stop()?;
        let before = self.disk.paths();
        let fork = self.disk.fork(self.dice.next());
        self.write_other_history(&fork);
        self.ensure_open()?;
        self.write_batch(OURS)?;
        self.stop()?;
        self.ensure_open()?;
        self.write_batch(OURS + BATCH)?;
        match end {
            End::Stop => self.stop()?,
            end => self.crash(end)?,
        }
        let number = |path: &String| {
            let digits = path.strip_prefix("segments/")?.strip_suffix(".seg")?;
            digits.parse().ok().filter(|_| !before.contains(path))
        };
        let found = fork.paths().into_iter().find_map(|path| Some((number(&path)?, path)));
        let Some((segment, path)) = found else { return Ok(()) };
        self.ours = fork.copy(&path).and_then(|theirs| self.disk.swap(&path, theirs));
        self.swapped = self.ours.as_ref().map(|_| segment);
        self.ensure_open()?;
        self.unswap();
        self.crash(End::Kill)
    }

    /// Puts the right file back.
    pub(super) fn unswap(&mut self) {
        if let (Some(segment), Some(ours)) = (self.swapped.take(), self.ours.take()) {
            self.disk.swap(&format!("segments/{segment:012}.seg"), ours);
        }
    }

    fn write_batch(&mut self, first: u64) -> Result<(), Violation> {
        self.submit(batch(first))?;
        for _ in 0..STEPS {
            self.step()?;
        }
        Ok(())
    }

    /// Leaves the fork as it is when something goes wrong there: then there is nothing to swap.
    fn write_other_history(&mut self, fork: &SimDisk) {
        let entropy = Arc::new(SeededEntropy::new(self.dice.next()));
        let parts = Parts { clock: self.clock.clone(), entropy };
        let opened = Journal::open(fork.mount(), parts, self.settings.clone());
        let Ok((journal, mut writer, _)) = opened else { return };
        let ticket = journal.submit(batch(THEIRS).iter().map(Parcel::draft).collect());
        journal.stop();
        for _ in 0..STEPS {
            if ticket.is_err() || matches!(writer.step(), Ok(Step::Stopped) | Err(_)) {
                return;
            }
        }
    }
}

fn batch(first: u64) -> Vec<Parcel> {
    let item =
        |id| Item { account: 0, id, variant: 0, size: 300, quarantine: false, control: false };
    (first..first + BATCH).map(|id| Parcel::of(&item(id))).collect()
}
