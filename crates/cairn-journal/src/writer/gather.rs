use cairn_core::{AccountId, Seq, Timestamp};

use super::Writer;
use crate::defect::Defect;
use crate::ids::{Hit, Key};
use crate::{AppendError, Body, Cut, Draft, Kind, Outcome, Poisoned, ReadError, Record, lock};

impl Writer {
    /// Fills the block with what waits, up to its limit, leaving out what is stored already.
    pub(super) fn gather(&mut self) -> Result<(), Poisoned> {
        let now = self.shared.parts.clock.now().millis().max(self.edge.ingest_ms);
        self.block.begin(self.edge.seq + 1, now);
        self.staged_counters.clear();
        for cut in self.cuts.clone() {
            self.push_notice(cut);
        }
        let keys = self.plan();
        let hits = self.shared.ids.lookup(&self.shared.archive, &keys).map_err(|error| {
            Poisoned { doing: "looking for stored ids", message: error.to_string() }
        })?;
        let (mut hits, mut job) = (hits.as_slice(), 0);
        for (question, key) in keys.iter().enumerate() {
            let (here, rest) = hits.split_at(hits.partition_point(|(other, _)| *other <= question));
            hits = rest;
            while self.jobs.get(job).is_some_and(|job| job.drafts.len() == 0) {
                job += 1;
            }
            self.take_draft(job, *key, here);
        }
        let drained = self.jobs.iter().take_while(|job| job.drafts.len() == 0).count();
        self.done.extend(self.jobs.drain(..drained));
        Ok(())
    }

    /// The keys of the drafts that go into this block.
    fn plan(&self) -> Vec<Key> {
        let mut left = self.shared.settings.block_bytes;
        let mut keys = Vec::new();
        for job in &self.jobs {
            let waiting = job.drafts.as_slice();
            let from = job.keys.len() - waiting.len();
            for (draft, key) in waiting.iter().zip(job.keys.iter().skip(from)) {
                if left == 0 {
                    return keys;
                }
                left = left.saturating_sub(draft.body.raw().len());
                keys.push(*key);
            }
        }
        keys
    }

    /// Stores the next draft of a job or finds it stored.
    fn take_draft(&mut self, job: usize, key: Key, hits: &[Hit]) {
        let next = self.jobs.get_mut(job).and_then(|job| {
            let draft = job.drafts.next()?;
            job.error.is_none().then_some(draft)
        });
        let Some(draft) = next else { return };
        let outcome = self.store(draft, key, hits);
        if let Some(job) = self.jobs.get_mut(job) {
            match outcome {
                Ok(outcome) => job.outcomes.push(outcome),
                Err(error) => job.error = Some(error),
            }
        }
    }

    fn store(&mut self, draft: Draft, key: Key, hits: &[Hit]) -> Result<Outcome, AppendError> {
        let mut candidates: Vec<u64> = hits.iter().map(|(_, seq)| *seq).collect();
        candidates.extend(self.shared.ids.live().get(key).chain(self.block.staged.get(key)));
        for seq in candidates {
            let found = self.compare(seq, &draft).map_err(|error| {
                tracing::error!(seq, %error, "a stored record with the same id cannot be read");
                AppendError::Unreadable(Seq(seq))
            })?;
            if let Some(outcome) = found {
                self.count_repeat(outcome);
                return Ok(outcome);
            }
        }
        Ok(self.push(draft, key))
    }

    /// What a draft is to a record with the same key; `None` where they only share the hash.
    fn compare(&self, seq: u64, draft: &Draft) -> Result<Option<Outcome>, ReadError> {
        let stored = match self.block.record(seq) {
            Some(record) => record.clone(),
            None => match self.shared.ring.record(seq) {
                Some(record) => record,
                None => self.shared.archive.record(seq)?,
            },
        };
        let planted = self.shared.planted;
        let same_account = stored.account == draft.account || planted.has(Defect::IdsIgnoreAccount);
        if !same_account || stored.kind != draft.body.kind() {
            return Ok(None);
        }
        if stored.raw == *draft.body.raw() {
            return Ok(Some(Outcome::Duplicate { seq: Seq(seq) }));
        }
        let Body::Event(event) = &draft.body else { return Ok(None) };
        let same_id = stored.event().is_some_and(|stored| stored.id() == event.id());
        if same_id && planted.has(Defect::DedupeByIdOnly) {
            return Ok(Some(Outcome::Duplicate { seq: Seq(seq) }));
        }
        Ok(same_id.then_some(Outcome::Conflict { seq: Seq(seq) }))
    }

    fn push(&mut self, draft: Draft, key: Key) -> Outcome {
        let kind = draft.body.kind();
        let (raw, parsed) = match draft.body {
            Body::Event(event) => (event.raw().clone(), Some(event)),
            Body::Quarantine(bytes) | Body::Intent(bytes) => (bytes, None),
        };
        let seq = self.block.next_seq();
        let acct_seq = self.next_acct_seq(draft.account);
        let ingested = Timestamp::from_millis(self.block.ingest_ms);
        let account = draft.account;
        let record = Record { seq, account, acct_seq, kind, ingested, raw, parsed };
        self.block.push(record, Some(key));
        Outcome::Stored { seq, acct_seq }
    }

    /// The journal's own record of what it cut at the start.
    fn push_notice(&mut self, cut: Cut) {
        let account = AccountId::new(0).expect("zero has at most twelve digits");
        let Cut { segment, offset, bytes } = cut;
        let text = format!(
            r#"{{"notice":"TornTailCut","segment":{segment},"offset":{offset},"bytes":{bytes}}}"#
        );
        let record = Record {
            seq: self.block.next_seq(),
            account,
            acct_seq: self.next_acct_seq(account),
            kind: Kind::Notice,
            ingested: Timestamp::from_millis(self.block.ingest_ms),
            raw: text.into(),
            parsed: None,
        };
        self.block.push(record, None);
    }

    fn next_acct_seq(&mut self, account: AccountId) -> u64 {
        let committed = self.counters.get(&account.as_u64()).copied().unwrap_or(0);
        let last = self.staged_counters.entry(account.as_u64()).or_insert(committed);
        *last += 1;
        *last
    }

    fn count_repeat(&self, outcome: Outcome) {
        let mut stats = lock(&self.shared.stats);
        match outcome {
            Outcome::Duplicate { .. } => stats.duplicates += 1,
            Outcome::Conflict { .. } => stats.conflicts += 1,
            Outcome::Stored { .. } => {}
        }
    }
}
