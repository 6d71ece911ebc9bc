//! The first look at a listing: which periods there are, and what should not be there at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_core::{AccountId, Region, Timestamp};

use super::chain;
use super::fault::{Fault, Finding};
use super::inventory::{Name, Object, Stored, gather};
use super::period::{PeriodFound, PeriodJob};
use super::plan::Plan;
use super::{Settings, Trust};
use crate::layout::{DigestKey, Key};

/// A listing, sorted.
pub struct Survey {
    settings: Arc<Settings>,
    stored: BTreeMap<Name, Stored>,
    jobs: Vec<PeriodJob>,
    findings: Vec<Finding>,
}

/// Whose digests follow each other. Bucket and prefix are not part of it: a trail may change them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ChainId {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) trail: String,
    pub(super) home: Region,
    pub(super) backfill: bool,
}

impl ChainId {
    pub(super) fn of(key: &DigestKey) -> Self {
        Self {
            account: key.place.account,
            region: key.place.region.clone(),
            trail: key.trail.clone(),
            home: key.home.clone(),
            backfill: key.backfill,
        }
    }
}

impl Survey {
    pub fn new(objects: Vec<Object>, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let stored = gather(objects);
        let mut findings = Vec::new();
        for (name, object) in &stored {
            findings.extend(unwanted(name, object, &settings));
        }
        let jobs = periods(&stored, &settings)
            .into_iter()
            .map(|(bucket, key)| PeriodJob::new(&bucket, key, &stored, settings.clone()))
            .collect();
        Self { settings, stored, jobs, findings }
    }

    /// The digests and proofs to look at, in no particular order.
    pub fn jobs(&self) -> &[PeriodJob] {
        &self.jobs
    }

    /// Brings what was found into chains. `periods` are the results of all jobs, in any order.
    pub fn link(self, periods: Vec<PeriodFound>) -> Plan {
        let Self { settings, stored, mut findings, .. } = self;
        let no_keys = match &settings.trust {
            Trust::Root(keys) => keys.is_empty(),
            Trust::Keys(keys) => keys.is_empty(),
        };
        if no_keys {
            // Nothing can be believed, and so nothing can be said.
            let findings = vec![Finding::general(Fault::NoKeys)];
            return Plan::new(settings, BTreeMap::new(), BTreeMap::new(), findings);
        }
        let mut chains: BTreeMap<ChainId, Vec<PeriodFound>> = BTreeMap::new();
        for mut period in periods {
            findings.append(&mut period.findings);
            chains.entry(ChainId::of(&period.key)).or_default().push(period);
        }
        for (id, chain) in &mut chains {
            chain.sort_by_key(|period| (period.key.end, period.start()));
            chain::check(id, chain, &stored, &settings, &mut findings);
        }
        Plan::new(settings, stored, chains, findings)
    }
}

/// What lies in CloudTrail's folders and should not.
fn unwanted(name: &Name, object: &Stored, settings: &Settings) -> Option<Finding> {
    let fault = match &object.key {
        Key::Other => return None,
        Key::Folder if object.bytes == 0 => return None,
        Key::Folder | Key::Stray => {
            let mine = settings
                .account
                .is_none_or(|account| name.1.split('/').any(|part| part == account.to_string()));
            mine.then_some(Fault::Stray)
        }
        Key::Log(_) | Key::Digest(_) | Key::Proof(_) => {
            let (account, region, time) = belonging(&object.key)?;
            let mine = settings.concerns(account, region) && settings.since(time);
            (object.marker && mine).then_some(Fault::DeleteMarker)
        }
    };
    fault.map(|fault| Finding::of(name, fault))
}

/// Whose a file is, and when it was due.
fn belonging(key: &Key) -> Option<(AccountId, &Region, Timestamp)> {
    let (place, time) = match key {
        Key::Log(key) => (&key.place, key.time),
        Key::Digest(key) => (&key.place, key.end),
        Key::Proof(key) => (&key.0.place, key.0.end),
        Key::Folder | Key::Stray | Key::Other => return None,
    };
    Some((place.account, &place.region, time))
}

/// The periods that end after the start of the range, and of each chain the one before these.
///
/// Those after its end are among them: log files of the range may be named there, and how fresh a
/// chain is shows at its end.
fn periods(stored: &BTreeMap<Name, Stored>, settings: &Settings) -> BTreeSet<(String, DigestKey)> {
    let mut chosen = BTreeSet::new();
    let mut before: BTreeMap<ChainId, (String, DigestKey)> = BTreeMap::new();
    for ((bucket, _), object) in stored {
        let key = match (&object.key, &settings.trust) {
            (Key::Digest(key), _) => key,
            (Key::Proof(key), Trust::Root(_)) => &key.0,
            _ => continue,
        };
        if !settings.concerns(key.place.account, &key.place.region) {
            continue;
        }
        let found = (bucket.clone(), key.clone());
        if settings.since(key.end) {
            chosen.insert(found);
            continue;
        }
        let last = before.entry(ChainId::of(key)).or_insert_with(|| found.clone());
        if last.1.end < key.end {
            *last = found;
        }
    }
    chosen.extend(before.into_values());
    chosen
}
