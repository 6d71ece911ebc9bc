use std::io;
use std::sync::atomic::Ordering;

use cairn_core::Seq;
use cairn_core::invariant::{self, Invariant};

use super::block::Place;
use super::{Step, Trouble, Writer, full_or_poisoned, poisoned};
use crate::defect::Defect;
use crate::format::Hash;
use crate::format::footer::BlockEntry;
use crate::format::segment::SegmentHeader;
use crate::prepare::Plan;
use crate::segment::{self, Active};
use crate::{AppendError, Kind, Outcome, Poisoned, Record, lock};

impl Writer {
    /// Brings the block to the disk, then shows it to readers. The only place that makes records
    /// durable.
    pub(super) fn commit(&mut self) -> Result<Step, Trouble> {
        let planted = self.shared.planted;
        let length = self.block.finish();
        let accounts = self.counters.len() + self.staged_counters.len();
        if !self.active.as_ref().is_some_and(|active| active.fits(length, accounts)) {
            self.roll_over(length, accounts)?;
        }
        if planted.has(Defect::AckBeforeWrite) {
            self.answer(None);
        }
        if planted.has(Defect::DuplicateAckedEarly) {
            self.answer_repeats();
        }
        let hash = self.write()?;
        if planted.has(Defect::AckBeforeFsync) {
            self.answer(None);
        }
        let last = self.block.next_seq().0 - 1;
        self.shared.written.store(last, Ordering::Release);
        if planted.has(Defect::ReaderAboveDurable) {
            self.shared.ring.push(self.block.records.as_slice().into());
        }
        self.sync().map_err(Trouble::Poisoned)?;
        Ok(self.publish(length, hash))
    }

    fn write(&mut self) -> Result<Hash, Trouble> {
        self.clean()?;
        let active = self.active.as_ref().ok_or_else(no_segment)?;
        let place = Place {
            segment: active.header().segment,
            epoch: active.header().epoch,
            block: self.edge.block + 1,
            prev_hash: self.edge.hash,
            salt: active.header().salt,
        };
        let (bytes, hash) = self.block.seal(&place, self.shared.planted);
        let needed = bytes.len() as u64;
        let clock = &*self.shared.parts.clock;
        let full = || {
            self.spoiled = needed as usize;
            self.space.refuse(clock, needed)
        };
        active.write(bytes).map_err(full_or_poisoned("writing a block", full))?;
        Ok(hash)
    }

    /// Makes zeros again of what a write without space left behind: recovery tells a torn block by
    /// the zeros in it, and would take parts of another one for damage.
    fn clean(&mut self) -> Result<(), Trouble> {
        let active = self.active.as_ref().ok_or_else(no_segment)?;
        if self.spoiled == 0 {
            return Ok(());
        }
        let (needed, clock) = (self.spoiled as u64, &*self.shared.parts.clock);
        let full = || self.space.refuse(clock, needed);
        active.write(&vec![0; self.spoiled]).map_err(full_or_poisoned("clearing a block", full))?;
        active.sync().map_err(|error| Trouble::Poisoned(poisoned("clearing a block")(error)))?;
        self.spoiled = 0;
        Ok(())
    }

    /// A failed sync is never tried again: the kernel may have dropped the pages and would call
    /// the second one a success.
    fn sync(&mut self) -> Result<(), Poisoned> {
        let Some(active) = &self.active else { return Ok(()) };
        let (clock, planted) = (&self.shared.parts.clock, self.shared.planted);
        let started = clock.elapsed();
        let mut result = active.sync();
        if result.is_err() && planted.has(Defect::FsyncRetried) {
            result = active.sync();
        }
        lock(&self.shared.stats).synced(clock.elapsed().saturating_sub(started));
        if planted.has(Defect::FsyncErrorIgnored) {
            return Ok(());
        }
        result.map_err(poisoned("syncing a block"))
    }

    /// From here on the block is durable. Readers first learn where it is, then that it is there.
    fn publish(&mut self, length: usize, hash: Hash) -> Step {
        let records = self.block.take_records();
        let first = self.edge.seq + 1;
        invariant::check(Invariant::SeqIsDense, records.first().is_some_and(|r| r.seq.0 == first));
        let last = self.edge.seq + records.len() as u64;
        let Some(active) = &mut self.active else { return Step::Idle };
        let entry = BlockEntry {
            first_seq: first,
            offset: active.end(),
            length: length as u32,
            count: records.len() as u32,
        };
        active.advance(self.block.padded(), entry);
        self.edge.seq = last;
        self.edge.block += 1;
        self.edge.hash = hash;
        self.edge.ingest_ms = self.block.ingest_ms;
        self.counters.extend(self.staged_counters.drain());
        self.cuts.clear();
        self.shared.archive.add_block(entry);
        self.shared.ids.add(&mut self.block.staged);
        self.count(&records);
        let count = records.len();
        if !self.shared.planted.has(Defect::ReaderAboveDurable) {
            self.shared.ring.push(records);
        }
        self.shared.durable.send_replace(Seq(last));
        Step::Committed { records: count, last: Seq(last) }
    }

    /// Seals the full segment and begins the next.
    fn roll_over(&mut self, length: usize, accounts: usize) -> Result<(), Trouble> {
        if self.active.is_some() {
            self.seal_active().map_err(Trouble::Poisoned)?;
        }
        let header = SegmentHeader {
            segment: self.next_segment,
            epoch: self.epoch,
            first_seq: self.edge.seq + 1,
            first_block: self.edge.block + 1,
            prev_hash: self.edge.hash,
            salt: self.salt(),
            created_ms: self.shared.parts.clock.now().millis(),
        };
        let smallest = Active::size_for(length, accounts);
        let size = smallest.max(self.shared.settings.segment_bytes);
        let plan = Plan { segment: header.segment, size };
        let clock = &*self.shared.parts.clock;
        if !self.bench.has(plan) && !self.space.allows(&*self.disk, size) {
            return Err(Trouble::Full(self.space.refuse(clock, size)));
        }
        let made = self
            .bench
            .take(plan)
            .and_then(|file| segment::create(&*self.disk, file, header, self.shared.planted));
        let full = || self.space.refuse(clock, size);
        let active = made.map_err(full_or_poisoned("making a segment", full))?;
        self.shared.archive.add_active(&active);
        self.active = Some(active);
        self.edge.segment = header.segment;
        self.edge.epoch = header.epoch;
        self.next_segment = header.segment + 1;
        let size = self.shared.settings.segment_bytes;
        self.bench.want(Plan { segment: self.next_segment, size });
        Ok(())
    }

    pub(super) fn seal_active(&mut self) -> Result<(), Poisoned> {
        let Some(active) = self.active.take() else { return Ok(()) };
        self.spoiled = 0;
        let sealed =
            active.seal(&self.edge, &self.counters, None).map_err(poisoned("sealing a segment"))?;
        let segment = sealed.head.segment;
        self.shared.archive.seal_last(sealed);
        self.shared.ids.freeze(segment);
        self.shared.chores.wake();
        Ok(())
    }

    fn salt(&self) -> u64 {
        let mut bytes = [0; 8];
        self.shared.parts.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn count(&self, records: &[Record]) {
        let quarantined = records.iter().filter(|record| record.kind == Kind::Quarantine).count();
        let mut stats = lock(&self.shared.stats);
        stats.blocks += 1;
        stats.bytes += self.block.padded().len() as u64;
        stats.records += records.len() as u64;
        stats.quarantined += quarantined as u64;
        stats.free_bytes = self.space.free();
    }

    /// What a planted defect does: acknowledges repeats of records that are still in memory.
    fn answer_repeats(&mut self) {
        let stored = |outcome: &Outcome| matches!(outcome, Outcome::Stored { .. });
        for job in std::mem::take(&mut self.done) {
            if job.outcomes.iter().any(stored) {
                self.done.push(job);
            } else {
                job.answer(None);
            }
        }
    }
}

fn no_segment() -> Trouble {
    let error = io::Error::other("there is no segment to write to");
    full_or_poisoned("writing a block", || AppendError::Busy)(error)
}
