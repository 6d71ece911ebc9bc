use cairn_core::Seq;
use cairn_journal::{AppendError, Journal, Merger, Reader, Step, Ticket, Writer};

use super::Run;
use crate::disk::{Class, Struck};
use crate::parcel::{Item, Parcel};
use crate::rule::{Rule, Violation, hold};
use crate::schedule::End;

/// Steps that suffice to empty any queue.
const MANY: usize = 10_000;

/// A process that has the journal open.
pub(super) struct Process {
    pub(super) journal: Journal,
    pub(super) reader: Reader,
    writer: Writer,
    merger: Merger,
    tickets: Vec<(Ticket, Vec<Parcel>)>,
    /// The writer has given up.
    pub(super) poisoned: bool,
    /// A write or a sync of the writer failed: it must not commit any more.
    condemned: bool,
    /// Some operation of the disk failed.
    pub(super) struck: bool,
}

impl Process {
    pub(super) fn new(journal: Journal, writer: Writer) -> Self {
        Self {
            reader: journal.reader(Seq(1)),
            merger: writer.merger(),
            journal,
            writer,
            tickets: Vec::new(),
            poisoned: false,
            condemned: false,
            struck: false,
        }
    }
}

impl Run {
    pub(super) fn submit(&mut self, parcels: Vec<Parcel>) -> Result<(), Violation> {
        let Some(process) = &mut self.process else { return Ok(()) };
        self.ledger.attempt(&parcels);
        match process.journal.submit(parcels.iter().map(Parcel::draft).collect()) {
            Ok(ticket) => process.tickets.push((ticket, parcels)),
            Err(error) => self.ledger.answer(&parcels, &Err(error), process.journal.durable())?,
        }
        self.collect()
    }

    /// One group commit.
    pub(super) fn step(&mut self) -> Result<(), Violation> {
        let Some(process) = self.process.as_mut().filter(|process| !process.poisoned) else {
            return Ok(());
        };
        let condemned = process.condemned;
        self.disk.set_committing(true);
        let result = process.writer.step();
        self.disk.set_committing(false);
        self.note_faults();
        self.collect()?;
        let Some(process) = &mut self.process else { return Ok(()) };
        match result {
            Err(error) => {
                process.poisoned = true;
                let reason = process.struck || self.disk.is_dead() || self.is_damaged();
                hold(Rule::Works, reason, || format!("the writer gave up: {error}"))?;
            }
            Ok(step) => {
                hold(Rule::AckAfterFailure, !condemned, || {
                    format!("{step:?} after a write or a sync of the writer had failed")
                })?;
                let last = process.journal.durable();
                if let Step::Committed { last: committed, .. } = step {
                    hold(Rule::AboveDurable, last == committed, || {
                        format!("{committed} was committed and {last} is durable")
                    })?;
                }
                self.trace.number(last.0);
            }
        }
        Ok(())
    }

    pub(super) fn maintain(&mut self, count: u64) -> Result<(), Violation> {
        for _ in 0..count {
            let Some(process) = &mut self.process else { return Ok(()) };
            let result = process.merger.step();
            self.note_faults();
            let struck = self.process.as_ref().is_some_and(|process| process.struck);
            match result {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    let reason = struck || self.filled || self.disk.is_dead() || self.is_damaged();
                    hold(Rule::Works, reason, || format!("the id runs are not kept: {error}"))?;
                }
            }
        }
        Ok(())
    }

    /// Stops in order, then cuts the power: nothing may depend on what comes after the stop.
    pub(super) fn stop(&mut self) -> Result<(), Violation> {
        self.ensure_open()?;
        for _ in 0..MANY {
            let Some(process) = &mut self.process else { return Ok(()) };
            process.journal.stop();
            if process.poisoned || self.disk.is_dead() {
                return self.bury();
            }
            // Nothing waits and the queue is closed: this step is the last.
            let last = process.tickets.is_empty();
            self.step()?;
            if last {
                return self.finish_stop();
            }
        }
        Err(Violation::new(Rule::Works, "the writer does not stop"))
    }

    /// Takes the answers that are there.
    pub(super) fn collect(&mut self) -> Result<(), Violation> {
        let Some(process) = &mut self.process else { return Ok(()) };
        let durable = process.journal.durable();
        for (mut ticket, parcels) in std::mem::take(&mut process.tickets) {
            let Some(answer) = ticket.try_take() else {
                process.tickets.push((ticket, parcels));
                continue;
            };
            let refused = matches!(answer, Err(AppendError::Full { .. }));
            let reason = self.filled || process.struck || self.disk.is_dead();
            hold(Rule::Space, reason || !refused, || {
                format!("{answer:?} while the disk has {} bytes free", self.disk.free())
            })?;
            self.trace.number(answer.as_ref().map_or(0, |outcomes| outcomes.len() as u64));
            self.ledger.answer(&parcels, &answer, durable)?;
        }
        Ok(())
    }

    /// Something new is stored, after all that happened.
    pub(super) fn prove_alive(&mut self) -> Result<(), Violation> {
        let before = self.ledger.acknowledged;
        let item = Item {
            account: 0,
            id: 1 << 40,
            variant: 0,
            size: 200,
            quarantine: false,
            control: false,
        };
        self.submit(vec![Parcel::of(&item)])?;
        self.step()?;
        hold(Rule::Works, self.ledger.acknowledged == before + 1, || {
            "nothing is stored although nothing is wrong any more".to_owned()
        })
    }

    pub(super) fn note_faults(&mut self) {
        for Struck { class, path, committing } in self.disk.take_struck() {
            self.summary.faults += 1;
            let fatal =
                matches!(class, Class::Write | Class::Sync | Class::SyncDir | Class::Rename);
            if let Some(process) = &mut self.process {
                process.struck = true;
                process.condemned |= fatal && committing && path.starts_with("segments/");
            }
        }
    }

    fn finish_stop(&mut self) -> Result<(), Violation> {
        let unclean =
            self.disk.is_dead() || self.process.as_ref().is_none_or(|process| process.poisoned);
        if unclean {
            return self.bury();
        }
        self.disk.cut_power();
        self.process = None;
        self.ledger.stopped();
        self.end = End::PowerCut;
        Ok(())
    }
}
