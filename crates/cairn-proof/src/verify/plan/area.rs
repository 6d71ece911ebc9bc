//! Log files that no digest names, and what the places in the journal say about those that are
//! named.

use std::collections::{BTreeMap, BTreeSet};

use cairn_core::Timestamp;

use super::Whose;
use crate::layout::{Key, LogKey, LogKind};
use crate::proof::{Coverage, Ending, Head, Started};
use crate::verify::Settings;
use crate::verify::fault::{Fault, Finding, What};
use crate::verify::inventory::{Name, Stored};
use crate::verify::period::{Listed, PeriodFound};
use crate::verify::survey::ChainId;

/// Whether a chain has the proof that a head names; one that is listed and may not be believed is
/// complained of already.
pub(super) fn has_head(chain: Option<&Vec<PeriodFound>>, head: &Head) -> bool {
    let is = |period: &PeriodFound| match &period.proof {
        Some((proof, sha256)) => proof.index == head.index && *sha256 == head.sha256,
        None => period.key.end == head.end,
    };
    chain.is_some_and(|chain| chain.iter().any(is))
}

/// The times in which the log files of one account and Region are named by digests.
struct Area {
    start: Timestamp,
    end: Timestamp,
    /// Where the newest period starts.
    newest: Timestamp,
    /// Whether nothing was delivered before `start`.
    whole: bool,
    /// Whether all chains were ended.
    ended: bool,
    /// When log files were delivered, but no digests.
    pauses: Vec<(Timestamp, Timestamp)>,
}

/// Log files that nothing names: what is wrong, how many are too new to be named, and how many lie
/// outside of what digests cover.
pub(super) fn unnamed(
    stored: &BTreeMap<Name, Stored>,
    named: &BTreeSet<&Name>,
    chains: &BTreeMap<ChainId, Vec<PeriodFound>>,
    settings: &Settings,
) -> (Vec<Finding>, u64, u64) {
    let areas = areas(chains);
    let (mut findings, mut pending, mut uncovered) = (Vec::new(), 0, 0);
    let mut bare: BTreeSet<Whose> = BTreeSet::new();
    for (name, object) in stored {
        let Key::Log(key) = &object.key else { continue };
        let place = &key.place;
        if named.contains(name)
            || !settings.concerns(place.account, &place.region)
            || !settings.since(key.time)
            || settings.end.is_some_and(|end| key.time > end)
        {
            continue;
        }
        let whose = (place.account, place.region.clone());
        let Some(area) = areas.get(&whose) else {
            let listed = |id: &ChainId| (id.account, &id.region) == (whose.0, &whose.1);
            if !chains.keys().any(listed) {
                bare.insert(whose);
            }
            continue;
        };
        match area.judge(key, object.modified, settings) {
            Judgement::Planted => {
                findings.push(Finding::of(name, Fault::Unreferenced { what: What::Log }));
            }
            Judgement::Pending => pending += 1,
            Judgement::Uncovered => uncovered += 1,
        }
    }
    let none = bare
        .into_iter()
        .map(|(account, region)| Finding::general(Fault::NoDigests { account, region }));
    findings.extend(none);
    (findings, pending, uncovered)
}

enum Judgement {
    Planted,
    Pending,
    Uncovered,
}

impl Area {
    fn judge(&self, key: &LogKey, modified: Option<Timestamp>, settings: &Settings) -> Judgement {
        let new = self.is_new(key, modified, settings);
        if new && !self.ended {
            return Judgement::Pending;
        }
        let in_pause = |(from, to): &(Timestamp, Timestamp)| {
            key.time >= *from && key.time <= to.saturating_add(settings.delivery)
        };
        let early = key.time < self.start && !self.whole;
        if early || self.pauses.iter().any(in_pause) {
            return Judgement::Uncovered;
        }
        Judgement::Planted
    }
}

impl Area {
    /// Whether the next digest may still name a log file. When it was stored says so best; a store
    /// whose clock goes so differently that the file was there before its time is not asked. Then
    /// all files of the newest period may have been late.
    fn is_new(&self, key: &LogKey, modified: Option<Timestamp>, settings: &Settings) -> bool {
        let stored = modified.filter(|at| at.saturating_add(settings.delivery) >= key.time);
        match stored {
            Some(stored) => stored > self.end.saturating_sub(settings.delivery),
            None => key.time > self.newest,
        }
    }
}

fn areas(chains: &BTreeMap<ChainId, Vec<PeriodFound>>) -> BTreeMap<Whose, Area> {
    let mut areas: BTreeMap<Whose, Area> = BTreeMap::new();
    for (id, chain) in chains.iter().filter(|(id, _)| !id.backfill) {
        let Some(found) = area(chain) else { continue };
        let whose = (id.account, id.region.clone());
        match areas.remove(&whose) {
            None => areas.insert(whose, found),
            Some(other) => areas.insert(whose, found.with(other)),
        };
    }
    areas
}

fn area(chain: &[PeriodFound]) -> Option<Area> {
    let trusted: Vec<&PeriodFound> = chain.iter().filter(|period| period.trusted).collect();
    let (first, last) = (trusted.first()?, trusted.last()?);
    let proof = |period: &PeriodFound| period.proof.as_ref().map(|(proof, _)| proof.clone());
    let whole = proof(first)
        .is_some_and(|proof| proof.index == 0 && proof.started == Some(Started::Logging));
    let ended = proof(last).and_then(|proof| proof.ended);
    let by_validation = |by: Ending| by == Ending::ValidationDisabled;
    let mut pauses = Vec::new();
    // A trail that logged before it was validated has files from that time. The last of them bears
    // the end of a window that validation came into.
    if proof(first).is_some_and(|proof| proof.started == Some(Started::Validation)) {
        pauses.push((Timestamp::EPOCH, first.start()?));
    }
    for (at, period) in trusted.iter().enumerate() {
        let off = proof(period).and_then(|proof| proof.ended).is_some_and(|e| by_validation(e.by));
        if off {
            let next = trusted.get(at + 1).and_then(|next| next.start());
            pauses.push((period.key.end, next.unwrap_or(Timestamp::MAX)));
        }
    }
    Some(Area {
        start: first.start()?,
        end: last.key.end,
        newest: last.start()?,
        whole,
        ended: ended.is_some_and(|ended| !by_validation(ended.by)),
        pauses,
    })
}

impl Area {
    fn with(mut self, other: Self) -> Self {
        self.whole = if self.start <= other.start { self.whole } else { other.whole };
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
        self.newest = self.newest.max(other.newest);
        self.ended &= other.ended;
        self.pauses.extend(other.pauses);
        self
    }
}

/// The places in the journal of the log files of one chain, by folder.
#[derive(Default)]
pub(super) struct Streams<'a> {
    ranges: Vec<(LogKind, u64, u64, &'a Name)>,
}

impl<'a> Streams<'a> {
    /// A file may not have records that earlier proofs have settled.
    pub(super) fn add(&mut self, listed: &'a Listed, covers: Option<Coverage>) -> Option<Finding> {
        let more = listed.more.as_ref()?;
        let (first, last) = (more.first.0, more.last.0);
        if let Key::Log(key) = Key::parse(&listed.name.1) {
            self.ranges.push((key.kind, first, last, &listed.name));
        }
        let after = covers?.after.0;
        (first <= after).then(|| Finding::of(&listed.name, Fault::LateFile { first, after }))
    }

    /// No two files of a folder may have the same record.
    pub(super) fn overlaps(mut self) -> Vec<Finding> {
        self.ranges.sort_unstable();
        let overlap = |pair: &[(LogKind, u64, u64, &Name)]| {
            let ((kind, _, last, other), (next, first, _, name)) = (pair[0], pair[1]);
            (kind == next && first <= last)
                .then(|| Finding::of(name, Fault::Overlap { other: other.1.clone() }))
        };
        self.ranges.windows(2).filter_map(overlap).collect()
    }
}
