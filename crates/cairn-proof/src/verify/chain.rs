//! Whether the periods of one chain follow each other.

use std::collections::BTreeMap;

use cairn_core::Timestamp;

use super::Settings;
use super::fault::{Fault, Finding, What};
use super::inventory::{Name, Stored};
use super::period::PeriodFound;
use super::survey::ChainId;
use crate::digest::Previous;
use crate::proof::{Ending, Proof};

/// One chain, its periods in the order of their ends.
struct Chain<'a> {
    id: &'a ChainId,
    periods: &'a [PeriodFound],
    stored: &'a BTreeMap<Name, Stored>,
    settings: &'a Settings,
    findings: &'a mut Vec<Finding>,
}

/// Adds what is wrong between the periods. Periods that may not be believed are left out: what is
/// wrong with them was said where they were looked at.
pub(super) fn check(
    id: &ChainId,
    periods: &[PeriodFound],
    stored: &BTreeMap<Name, Stored>,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) {
    let mut chain = Chain { id, periods, stored, settings, findings };
    let trusted: Vec<&PeriodFound> = periods.iter().filter(|period| period.trusted).collect();
    let (Some(first), Some(last)) = (trusted.first(), trusted.last()) else { return };
    chain.begins(first);
    for pair in trusted.windows(2) {
        match (&pair[0].proof, &pair[1].proof) {
            (Some((before, _)), Some((after, _))) => {
                chain.proven(pair, before, after);
                if after.index == before.index + 1 {
                    chain.planted(pair);
                }
            }
            _ => chain.unproven(pair[0], pair[1]),
        }
    }
    if !id.backfill {
        chain.fresh(last);
    }
}

impl Chain<'_> {
    fn add(&mut self, name: &Name, fault: Fault) {
        self.findings.push(Finding::of(name, fault));
    }

    /// Whether what comes before the first period that was found should be there.
    fn begins(&mut self, first: &PeriodFound) {
        let start = first.start();
        if self.settings.start.is_some_and(|wanted| start.is_some_and(|start| start <= wanted)) {
            return;
        }
        match (&first.proof, &first.digest) {
            (Some((proof, _)), _) if self.unbelieved_before(first.key.end) < proof.index => {
                self.add(&first.proof_name, Fault::Beginning { index: proof.index });
            }
            (None, Some((digest, _))) => {
                let previous = digest.previous.as_ref();
                let previous = previous.filter(|previous| !self.is_listed(previous));
                if let Some(Previous { bucket, object, .. }) = previous {
                    let named = format!("s3://{bucket}/{object}");
                    self.add(&first.digest_name, Fault::BeginningBefore { named });
                }
            }
            _ => {}
        }
    }

    /// Two neighbours with proofs.
    fn proven(&mut self, pair: &[&PeriodFound], before: &Proof, after: &Proof) {
        let (previous, period) = (pair[0], pair[1]);
        let name = &period.proof_name;
        let between = self.unbelieved_between(previous.key.end, period.key.end);
        let sha256 = previous.proof.as_ref().map(|(_, sha256)| *sha256);
        match after.previous {
            // A trail of the same name was made anew.
            None if after.index == 0 && deleted(before) => return,
            None => return self.add(name, Fault::Unlinked),
            Some(_) if after.index <= before.index => {
                let (expected, found) = (before.index + 1, after.index);
                return self.add(name, Fault::Index { expected, found });
            }
            Some(_) if after.index > before.index + 1 => {
                let (first, last) = (before.index + 1, after.index - 1);
                if between <= last - first {
                    self.add(name, Fault::Cut { first, last });
                }
                return;
            }
            Some(named) if Some(named) != sha256 => {
                return self.add(name, Fault::PreviousProof { index: before.index });
            }
            Some(_) => {}
        }
        if self.id.backfill {
            self.digests_follow(previous, period);
        } else if after.started.is_some() {
            self.restarts(period, before, after);
        } else {
            self.continues(previous, period, before, after);
        }
    }

    /// Digests between two neighbours that follow each other: nothing belongs there.
    fn planted(&mut self, pair: &[&PeriodFound]) {
        let (after, before) = (pair[0].key.end, pair[1].key.end);
        let between = |period: &&PeriodFound| {
            !period.trusted
                && period.digest.is_some()
                && period.key.end > after
                && period.key.end < before
        };
        let planted = self.periods.iter().filter(between).map(|period| {
            Finding::of(&period.digest_name, Fault::Unreferenced { what: What::Digest })
        });
        self.findings.extend(planted);
    }

    fn restarts(&mut self, period: &PeriodFound, before: &Proof, after: &Proof) {
        let name = &period.proof_name;
        if before.ended.is_none() {
            self.add(name, Fault::Unexplained);
        }
        if after.start < before.end {
            self.add(name, Fault::Start { expected: before.end, found: after.start });
        }
        if let (Some(before), Some(after)) = (before.coverage, after.coverage)
            && after.after < before.through
        {
            let (expected, found) = (before.through.0, after.after.0);
            self.add(name, Fault::Coverage { expected, found });
        }
        if let Some((digest, _)) = &period.digest
            && digest.previous.is_some()
        {
            let member = "whether a chain starts here";
            self.add(&period.digest_name, Fault::DigestDiffers { member });
        }
    }

    fn continues(
        &mut self,
        previous: &PeriodFound,
        period: &PeriodFound,
        before: &Proof,
        after: &Proof,
    ) {
        let name = &period.proof_name;
        if let Some(ended) = before.ended {
            self.add(name, Fault::AfterEnd { by: ended.by.as_str(), at: ended.at });
        }
        if after.start != before.end {
            self.add(name, Fault::Start { expected: before.end, found: after.start });
        }
        if let (Some(before), Some(after)) = (before.coverage, after.coverage)
            && after.after != before.through
        {
            let (expected, found) = (before.through.0, after.after.0);
            self.add(name, Fault::Coverage { expected, found });
        }
        self.digests_follow(previous, period);
    }

    /// Two neighbours without proofs: digests alone.
    fn unproven(&mut self, previous: &PeriodFound, period: &PeriodFound) {
        let Some((digest, _)) = &period.digest else { return };
        let Some(named) = &digest.previous else {
            return self.add(&period.digest_name, Fault::Unsigned);
        };
        let name = (named.bucket.clone(), named.object.clone());
        if name != previous.digest_name {
            if !self.is_listed(named) {
                let named = format!("s3://{}/{}", name.0, name.1);
                return self.add(&period.digest_name, Fault::BeginningBefore { named });
            }
            let believed = |other: &PeriodFound| other.digest_name == name && !other.trusted;
            if self.periods.iter().any(believed) {
                return;
            }
        }
        self.digests_follow(previous, period);
        let ends = previous.key.end;
        if digest.start != ends && !self.id.backfill {
            let found = digest.start;
            self.add(&period.digest_name, Fault::Start { expected: ends, found });
        }
    }

    /// Whether a digest describes the one before it as it is.
    fn digests_follow(&mut self, previous: &PeriodFound, period: &PeriodFound) {
        let Some((digest, _)) = &period.digest else { return };
        let (name, object) = (&period.digest_name, previous.digest_name.1.clone());
        let Some(named) = &digest.previous else {
            let member = "whether a chain starts here";
            return self.add(name, Fault::DigestDiffers { member });
        };
        if (&named.bucket, &named.object) != (&previous.digest_name.0, &previous.digest_name.1) {
            let named = named.object.clone();
            return self.add(name, Fault::PreviousOther { named, found: object });
        }
        if previous.sha256().is_some_and(|sha256| sha256 != named.sha256) {
            return self.add(name, Fault::PreviousHash { object });
        }
        if previous.signature.as_ref().is_some_and(|found| *found != named.signature) {
            self.add(name, Fault::PreviousSignature { object });
        }
    }

    /// Whether the newest period is as new as it has to be.
    fn fresh(&mut self, last: &PeriodFound) {
        if last.proof.as_ref().is_some_and(|(proof, _)| proof.ended.is_some()) {
            return;
        }
        let Settings { now, fresh_within, end, .. } = self.settings;
        let due = now.saturating_sub(*fresh_within);
        let due = end.map_or(due, |end| end.min(due));
        if last.key.end < due {
            self.add(&last.digest_name, Fault::Stale { end: last.key.end });
        }
    }

    fn is_listed(&self, previous: &Previous) -> bool {
        self.stored.contains_key(&(previous.bucket.clone(), previous.object.clone()))
    }

    /// Periods that are listed and may not be believed: they are complained of already.
    fn unbelieved_between(&self, after: Timestamp, before: Timestamp) -> u64 {
        let between = |period: &&PeriodFound| {
            !period.trusted && period.key.end > after && period.key.end < before
        };
        self.periods.iter().filter(between).count() as u64
    }

    fn unbelieved_before(&self, before: Timestamp) -> u64 {
        self.unbelieved_between(Timestamp::from_millis(i64::MIN), before)
    }
}

fn deleted(proof: &Proof) -> bool {
    proof.ended.is_some_and(|ended| ended.by == Ending::DeleteTrail)
}
