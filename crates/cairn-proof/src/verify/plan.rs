//! What is left to do when the chains are known: the log files, and what no digest names.

mod area;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_core::{AccountId, Region, Timestamp};

use super::Settings;
use super::fault::{Fault, Finding};
use super::file::{FileFound, FileJob};
use super::inventory::{Name, Source, Stored};
use super::period::{Listed, PeriodFound};
use super::report::{Counts, Report};
use super::survey::ChainId;
use crate::layout::Key;

/// The log files to look at.
pub struct Plan {
    settings: Arc<Settings>,
    jobs: Vec<FileJob>,
    findings: Vec<Finding>,
    counts: Counts,
    found: Option<(Timestamp, Timestamp)>,
}

impl Plan {
    pub(super) fn new(
        settings: Arc<Settings>,
        stored: BTreeMap<Name, Stored>,
        chains: BTreeMap<ChainId, Vec<PeriodFound>>,
        findings: Vec<Finding>,
    ) -> Self {
        let mut plan =
            Self { settings, jobs: vec![], findings, counts: Counts::default(), found: None };
        plan.count(&chains);
        if plan.findings.iter().all(|finding| finding.fault != Fault::NoKeys) {
            plan.expected(&chains);
        }
        plan.heads(&chains);
        plan.list(&stored, &chains);
        let named: BTreeSet<&Name> = chains
            .values()
            .flatten()
            .flat_map(|period| &period.listed)
            .map(|listed| &listed.name)
            .collect();
        let (found, pending, uncovered) = area::unnamed(&stored, &named, &chains, &plan.settings);
        plan.findings.extend(found);
        (plan.counts.pending, plan.counts.uncovered) = (pending, uncovered);
        plan
    }

    /// One for each log file.
    pub fn jobs(&self) -> &[FileJob] {
        &self.jobs
    }

    /// `files` are the results of all jobs, in their order. Few are read again, if any.
    pub fn conclude(mut self, mut files: Vec<FileFound>, source: &dyn Source) -> Report {
        for at in doubtful(&files) {
            files[at] = self.jobs[at].run_exactly(source);
        }
        for file in &files {
            self.counts.files += u64::from(file.read);
            self.counts.records += file.records;
            self.counts.text_bytes += file.text_bytes;
            self.counts.stored_bytes += file.stored_bytes;
        }
        let finding = |((file, other), records): (&(usize, usize), &u64)| {
            let other = files[*other].name.1.clone();
            Finding::of(&files[*file].name, Fault::Duplicate { records: *records, other })
        };
        self.findings.extend(duplicates(&files).iter().map(finding));
        self.findings.extend(files.into_iter().flat_map(|file| file.findings));
        Report::new(&self.settings, self.findings, self.counts, self.found)
    }

    fn count(&mut self, chains: &BTreeMap<ChainId, Vec<PeriodFound>>) {
        for period in chains.values().flatten().filter(|period| period.trusted) {
            self.counts.digests += u64::from(period.digest.is_some());
            self.counts.proofs += u64::from(period.proof.is_some());
            let (Some(start), end) = (period.start(), period.key.end) else { continue };
            let (first, last) = self.found.unwrap_or((start, end));
            self.found = Some((first.min(start), last.max(end)));
        }
        let live = |chain: &&Vec<PeriodFound>| chain.iter().any(|period| period.trusted);
        self.counts.chains = chains.values().filter(live).count() as u64;
    }

    /// What has to be there whatever is in the bucket. Digests that may not be believed count: they
    /// are complained of already.
    fn expected(&mut self, chains: &BTreeMap<ChainId, Vec<PeriodFound>>) {
        let listed = |(_, chain): &(&ChainId, &Vec<PeriodFound>)| {
            chain.iter().any(|period| self.settings.since(period.key.end))
        };
        let mut ids = chains.iter().filter(listed).map(|(id, _)| id);
        let fault = match &self.settings.trail {
            Some((trail, home)) => {
                let region = self.settings.region.as_ref().unwrap_or(home);
                let wanted =
                    |id: &ChainId| id.trail == *trail && id.home == *home && id.region == *region;
                (!ids.any(wanted)).then(|| Fault::NoTrail { trail: format!("{trail} in {region}") })
            }
            None => ids.next().is_none().then_some(Fault::Nothing),
        };
        self.findings.extend(fault.map(Finding::general));
    }

    /// Proofs that other chains of the same trail name, and that are not there.
    fn heads(&mut self, chains: &BTreeMap<ChainId, Vec<PeriodFound>>) {
        let mut missing: BTreeMap<ChainId, (u64, &Name)> = BTreeMap::new();
        for (id, chain) in chains {
            for period in chain.iter().filter(|period| period.trusted) {
                let heads = period.proof.iter().flat_map(|(proof, _)| &proof.heads);
                for head in heads {
                    let region = head.region.clone();
                    let other = ChainId { account: head.account, region, ..id.clone() };
                    let wanted = self.settings.concerns(head.account, &head.region)
                        && self.settings.since(head.end);
                    if !wanted || area::has_head(chains.get(&other), head) {
                        continue;
                    }
                    let worst = missing.entry(other).or_insert((head.index, &period.proof_name));
                    if worst.0 < head.index {
                        *worst = (head.index, &period.proof_name);
                    }
                }
            }
        }
        for (id, (index, name)) in missing {
            let fault = Fault::Head { account: id.account, region: id.region, index };
            self.findings.push(Finding::of(name, fault));
        }
    }

    fn list(
        &mut self,
        stored: &BTreeMap<Name, Stored>,
        chains: &BTreeMap<ChainId, Vec<PeriodFound>>,
    ) {
        let mut names: BTreeMap<&Name, &Name> = BTreeMap::new();
        for (chain, periods) in chains.values().enumerate() {
            let mut streams = area::Streams::default();
            for period in periods.iter().filter(|period| period.trusted) {
                let after = period.proof.as_ref().and_then(|(proof, _)| proof.coverage);
                let wanted = self.settings.since(period.key.end)
                    && period.start().is_none_or(|start| self.settings.until(start));
                for listed in &period.listed {
                    if let Some(other) = names.insert(&listed.name, &period.digest_name) {
                        let other = other.1.clone();
                        self.findings.push(Finding::of(&listed.name, Fault::ListedTwice { other }));
                        continue;
                    }
                    self.findings.extend(streams.add(listed, after));
                    if wanted {
                        let job = job(listed, stored, chain as u64);
                        self.jobs.push(job);
                    }
                }
            }
            self.findings.extend(streams.overlaps());
        }
    }
}

fn job(listed: &Listed, stored: &BTreeMap<Name, Stored>, chain: u64) -> FileJob {
    let kind = match Key::parse(&listed.name.1) {
        Key::Log(key) => key.kind as u64,
        _ => u64::from(u8::MAX),
    };
    FileJob {
        listed: listed.clone(),
        stored: stored.get(&listed.name).cloned(),
        stream: chain << 8 | kind,
    }
}

/// Files with ids that stand more than once, as far as these were guessed.
fn doubtful(files: &[FileFound]) -> BTreeSet<usize> {
    let pairs = duplicates(files).into_keys();
    pairs.flat_map(|(file, other)| [file, other]).filter(|at| !files[*at].exact).collect()
}

/// Pairs of files, and how many ids stand in both. A file may be its own other.
fn duplicates(files: &[FileFound]) -> BTreeMap<(usize, usize), u64> {
    let total = files.iter().map(|file| file.ids.len()).sum();
    let mut ids: Vec<(u128, u32)> = Vec::with_capacity(total);
    for (at, file) in files.iter().enumerate() {
        ids.extend(file.ids.iter().map(|id| (*id, at as u32)));
    }
    ids.sort_unstable();
    let mut pairs = BTreeMap::new();
    for pair in ids.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        *pairs.entry((pair[1].1 as usize, pair[0].1 as usize)).or_default() += 1;
    }
    pairs
}

/// An account and a Region.
pub(super) type Whose = (AccountId, Region);
