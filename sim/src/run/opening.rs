use cairn_core::Seq;
use cairn_journal::{Damage, Journal, OpenError, Parts, ReadError};

use super::Run;
use super::process::Process;
use crate::rule::{Rule, Violation, hold};
use crate::schedule::End;

/// Openings that may fail in a row because of what the schedule did.
const ATTEMPTS: u32 = 8;

impl Run {
    /// Opens the journal unless it is open, as often as the schedule makes it fail.
    pub(super) fn ensure_open(&mut self) -> Result<(), Violation> {
        for _ in 0..ATTEMPTS {
            if self.process.is_some() {
                return Ok(());
            }
            let parts = Parts { clock: self.clock.clone(), entropy: self.entropy.clone() };
            match Journal::open(self.disk.mount(), parts, self.settings.clone()) {
                Ok((journal, writer, recovery)) => {
                    self.trace.number(recovery.durable.0);
                    self.cuts.extend(recovery.cut.map(|cut| (cut.segment, cut.offset)));
                    self.process = Some(Process::new(journal, writer));
                    self.note_faults();
                    self.judge_opened()?;
                }
                Err(error) => self.judge_refusal(&error)?,
            }
        }
        Err(Violation::new(Rule::Works, "the journal does not open, again and again"))
    }

    /// Whether there are bytes that are not what was written.
    pub(super) fn is_damaged(&self) -> bool {
        self.swapped.is_some() || !self.disk.rots().is_empty()
    }

    /// Whether an error of a read has a reason; if it is about damage, the right one.
    pub(super) fn judge_read_error(&self, error: &ReadError) -> Result<(), Violation> {
        let struck = self.process.as_ref().is_some_and(|process| process.struck);
        match error {
            ReadError::Damaged(damage) => self.judge_damage(damage),
            ReadError::Io(_) if struck || self.disk.is_dead() => Ok(()),
            ReadError::Io(_) => {
                Err(Violation::new(Rule::Works, format!("a read failed for no reason: {error}")))
            }
            ReadError::NotFound(_) => {
                Err(Violation::new(Rule::Lost, format!("a read says that {error}")))
            }
        }
    }

    /// Puts everything back that was damaged; then nothing may be missing.
    pub(super) fn restore(&mut self) -> Result<(), Violation> {
        if self.disk.rots().is_empty() {
            return Ok(());
        }
        self.disk.mend();
        self.crash(End::Kill)?;
        self.ensure_open()
    }

    fn judge_opened(&mut self) -> Result<(), Violation> {
        let plan = self.disk.calm();
        let durable = self.process.as_ref().map_or(Seq::ZERO, |process| process.journal.durable());
        let promised = self.ledger.last_promised();
        hold(Rule::Lost, durable.0 >= promised, || {
            format!("{promised} records were promised and {durable} were found")
        })?;
        if self.is_damaged() {
            self.judge_damaged()?;
        } else {
            self.view()?;
        }
        self.scrub()?;
        self.disk.resume(plan);
        Ok(())
    }

    /// An opening may fail for what the disk did, and for nothing else.
    fn judge_refusal(&mut self, error: &OpenError) -> Result<(), Violation> {
        let struck = self.disk.take_struck().len() as u64;
        self.summary.faults += struck;
        if self.disk.is_dead() {
            let end = self.end;
            return self.crash(end);
        }
        match error {
            OpenError::Damaged(damage) => self.judge_damage(damage)?,
            OpenError::MarkerDamaged | OpenError::UnknownFormat { .. } => {
                let rotten = self.disk.rots().iter().any(|rot| rot.path == "journal");
                hold(Rule::Names, rotten, || format!("`journal` is whole, yet: {error}"))?;
            }
            OpenError::Io(_) | OpenError::Locked(_) if struck > 0 => {
                self.disk.calm();
                return self.crash(End::Kill);
            }
            OpenError::Io(io) if self.filled && cairn_journal::is_full(io) => {
                self.clear_space();
                return self.crash(End::Kill);
            }
            _ => {
                let what = format!("the journal does not open: {error}");
                return Err(Violation::new(Rule::Works, what));
            }
        }
        self.summary.halts += 1;
        self.disk.mend();
        self.unswap();
        self.crash(End::Kill)
    }

    /// Damage is there where the error says it is.
    fn judge_damage(&self, damage: &Damage) -> Result<(), Violation> {
        let number = format!("{:012}", damage.segment);
        let rotten = self.disk.rots().iter().any(|rot| rot.path.contains(&number));
        // That a segment is not the right one shows where the next one follows it.
        let swapped =
            self.swapped.is_some_and(|swapped| (swapped..=swapped + 1).contains(&damage.segment));
        let rule = if self.is_damaged() { Rule::Names } else { Rule::Works };
        hold(rule, rotten || swapped, || format!("that file is whole, yet: {damage}"))
    }
}
