use std::collections::BTreeSet;

use cairn_core::Seq;
use cairn_journal::{Journal, Kind, ReadError};

use super::Run;
use crate::ledger::Seen;
use crate::parcel::{Key, event_id};
use crate::rule::{Rule, Violation, hold};

/// Records that are asked for one by one after each opening.
const SAMPLES: usize = 6;

impl Run {
    /// Everything that is stored, judged. What was shown is promised from then on.
    pub(super) fn view(&mut self) -> Result<Vec<Seen>, Violation> {
        let Some(journal) = self.journal() else { return Ok(Vec::new()) };
        let mut reader = journal.reader(Seq(1));
        let mut view = Vec::new();
        loop {
            let max = self.dice.pick(&[1, 3, 100, 10_000]);
            match reader.next(max) {
                Ok(Some(records)) => view.extend(records.iter().map(Seen::from)),
                Ok(None) => break,
                Err(error) => {
                    let what = format!("the journal cannot be read: {error}");
                    return Err(Violation::new(Rule::Works, what));
                }
            }
        }
        let durable = journal.durable().0;
        hold(Rule::Lost, view.len() as u64 == durable, || {
            format!("{} of {durable} records were read", view.len())
        })?;
        self.ledger.judge(&view)?;
        self.ledger.witness(&view);
        self.sample(&journal)?;
        Ok(view)
    }

    /// Goes on with the reader that stays.
    pub(super) fn read_on(&mut self) -> Result<(), Violation> {
        loop {
            let max = self.dice.pick(&[1, 2, 100]);
            let Some(process) = &mut self.process else { return Ok(()) };
            let position = process.reader.position();
            let result = process.reader.next(max);
            let durable = process.journal.durable();
            self.note_faults();
            match result {
                Ok(None) => return Ok(()),
                Ok(Some(records)) => {
                    let seen: Vec<Seen> = records.iter().map(Seen::from).collect();
                    self.judge_shown(&seen, position, durable)?;
                }
                Err(error) => return self.judge_read_error(&error),
            }
        }
    }

    /// Reads in every way there is.
    pub(super) fn look_around(&mut self) -> Result<(), Violation> {
        self.read_on()?;
        let Some(journal) = self.journal() else { return Ok(()) };
        let above = journal.durable().next();
        match journal.read(&[above]) {
            Err(ReadError::NotFound(seq)) if seq == above => {}
            other => {
                let what = format!("record {above} is not durable and was read: {other:?}");
                return Err(Violation::new(Rule::AboveDurable, what));
            }
        }
        self.sample(&journal)
    }

    /// Where there is damage each record is right or refused.
    pub(super) fn judge_damaged(&mut self) -> Result<(), Violation> {
        self.read_on()?;
        let Some(journal) = self.journal() else { return Ok(()) };
        for (seq, key) in self.ledger.promised() {
            self.judge_place(&journal, seq)?;
            self.judge_find(&journal, seq, &key)?;
        }
        Ok(())
    }

    /// Each torn tail that was cut has its notice, once something was committed after it.
    pub(super) fn judge_cuts(&self, view: &[Seen]) -> Result<(), Violation> {
        let notices = view.iter().filter(|seen| seen.kind == Kind::Notice);
        let texts: Vec<_> = notices.map(|seen| String::from_utf8_lossy(&seen.raw)).collect();
        for (segment, offset) in &self.cuts {
            let place = format!(r#""segment":{segment},"offset":{offset},"#);
            hold(Rule::CutRecorded, texts.iter().any(|text| text.contains(&place)), || {
                format!("the cut of segment {segment} at {offset} is not among {texts:?}")
            })?;
        }
        Ok(())
    }

    /// To be called when all segments are sealed: a scrub finds what is rotten in them.
    pub(super) fn scrub(&mut self) -> Result<(), Violation> {
        let Some(journal) = self.journal().filter(|_| self.swapped.is_none()) else {
            return Ok(());
        };
        let report = journal.scrub().map_err(|error| {
            Violation::new(Rule::Scrub, format!("a scrub failed for no reason: {error}"))
        })?;
        let found: BTreeSet<String> =
            report.damages.iter().map(|damage| format!("{:012}.seg", damage.segment)).collect();
        let rots = self.disk.rots();
        let there: BTreeSet<String> = rots
            .iter()
            .filter_map(|rot| rot.path.strip_prefix("segments/"))
            .map(Into::into)
            .collect();
        hold(Rule::Scrub, found == there, || {
            format!("a scrub finds {:?}, while {there:?} are damaged", report.damages)
        })
    }

    fn journal(&self) -> Option<Journal> {
        self.process.as_ref().map(|process| process.journal.clone())
    }

    fn judge_shown(&mut self, seen: &[Seen], position: Seq, durable: Seq) -> Result<(), Violation> {
        for (at, seen) in (position.0..).zip(seen) {
            hold(Rule::AboveDurable, at <= durable.0, || {
                format!("record {at} was shown to a reader while {durable} is durable")
            })?;
            hold(Rule::Order, seen.seq == at, || {
                format!("a reader at {at} was shown record {}", seen.seq)
            })?;
            self.ledger.judge_one(seen)?;
        }
        self.ledger.witness(seen);
        Ok(())
    }

    fn sample(&mut self, journal: &Journal) -> Result<(), Violation> {
        let promised = self.ledger.promised();
        for _ in 0..SAMPLES.min(promised.len()) {
            let (seq, key) = &promised[self.dice.below(promised.len() as u64) as usize];
            self.judge_place(journal, *seq)?;
            self.judge_find(journal, *seq, key)?;
        }
        Ok(())
    }

    fn judge_place(&mut self, journal: &Journal, seq: u64) -> Result<(), Violation> {
        let result = journal.read(&[Seq(seq)]);
        self.note_faults();
        match result {
            Ok(records) => {
                hold(Rule::Lost, records.len() == 1, || format!("record {seq} was not read"))?;
                for seen in records.iter().map(Seen::from) {
                    hold(Rule::Order, seen.seq == seq, || {
                        format!("record {} was read in the place of {seq}", seen.seq)
                    })?;
                    self.ledger.judge_one(&seen)?;
                }
                Ok(())
            }
            Err(error) => self.judge_read_error(&error),
        }
    }

    fn judge_find(&mut self, journal: &Journal, seq: u64, key: &Key) -> Result<(), Violation> {
        let Key::Event(account, id) = key else { return Ok(()) };
        let result = journal.find(*account, &event_id(*id));
        self.note_faults();
        match result {
            Ok(found) => hold(Rule::Lost, found == Some(Seq(seq)), || {
                format!("record {seq} ({key:?}) is found by its id at {found:?}")
            }),
            Err(error) => self.judge_read_error(&error),
        }
    }
}
