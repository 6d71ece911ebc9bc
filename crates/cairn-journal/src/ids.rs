//! Which event ids are stored, and where: what idempotency rests on. Derived from the segments;
//! deleting the directory `ids` costs time at the next start and nothing else.
//!
//! A key is a hash of account and id, so a hit is a candidate: whoever asks reads the record and
//! compares. Keys of the newest segment are in memory (`live`); those of sealed segments are in
//! layers, each a map in memory until a run file holds it.

mod bloom;
mod keys;
mod maintain;
mod rebuild;
mod run;

use std::io;
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};

pub(crate) use keys::{Key, KeyMap, content_key, event_key};
use run::{Run, RunFault};

use crate::archive::Archive;
use crate::{Disk, ReadError, read_lock, write_lock};

/// Maps of sealed segments that may wait in memory to be written as runs. Above this the writer
/// writes one itself, so that memory stays bounded when nobody maintains the runs.
const MAPS: usize = 8;

pub(crate) struct Ids {
    disk: Arc<dyn Disk>,
    seed: u64,
    live: RwLock<KeyMap>,
    /// Sealed segments, oldest first, without gaps.
    layers: RwLock<Arc<Vec<Layer>>>,
    /// Held by whoever writes runs.
    work: Mutex<()>,
}

/// The keys of the segments `first..=last`.
#[derive(Clone)]
struct Layer {
    first: u64,
    last: u64,
    tier: u8,
    keys: Keys,
}

#[derive(Clone)]
enum Keys {
    Map(Arc<KeyMap>),
    Run(Arc<Run>),
}

/// A key that is stored: the number of the question and the place of the record.
pub(crate) type Hit = (usize, u64);

impl Ids {
    /// Takes the runs that fit the sealed segments of `archive` and collects what they lack.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        seed: u64,
        archive: &Archive,
    ) -> Result<Self, ReadError> {
        let ids = Self::empty(disk, seed);
        let sealed = archive.sealed();
        let mut layers = ids.load_runs()?;
        for sealed in &sealed {
            let segment = sealed.head.segment;
            let at = layers.partition_point(|layer| layer.last < segment);
            if layers.get(at).is_some_and(|layer| layer.first <= segment) {
                continue;
            }
            let keys = Keys::Map(Arc::new(rebuild::collect(archive, seed, sealed)?));
            layers.insert(at, Layer { first: segment, last: segment, tier: 0, keys });
            *write_lock(&ids.layers) = Arc::new(layers.clone());
            ids.write_surplus();
            layers = ids.layers().to_vec();
        }
        *write_lock(&ids.layers) = Arc::new(layers);
        Ok(ids)
    }

    /// Knows nothing yet.
    pub(crate) fn empty(disk: Arc<dyn Disk>, seed: u64) -> Self {
        let (live, layers) = (RwLock::default(), RwLock::default());
        Self { disk, seed, live, layers, work: Mutex::default() }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The last segment that a run file claims to cover.
    pub(crate) fn last_run_segment(disk: &dyn Disk) -> io::Result<u64> {
        let names = disk.list()?;
        Ok(names
            .iter()
            .filter_map(|name| run::range(name))
            .map(|(_, last)| last)
            .max()
            .unwrap_or(0))
    }

    /// The keys of the newest segment. The writer alone changes them.
    pub(crate) fn live(&self) -> RwLockReadGuard<'_, KeyMap> {
        read_lock(&self.live)
    }

    /// Adds what a commit made durable.
    pub(crate) fn add(&self, staged: &mut KeyMap) {
        write_lock(&self.live).absorb(staged);
    }

    /// The newest segment was sealed: its keys become a layer.
    pub(crate) fn freeze(&self, segment: u64) {
        // The layers first: whoever finds the keys gone from `live` waits for them here.
        let mut layers = write_lock(&self.layers);
        let keys = Keys::Map(Arc::new(std::mem::take(&mut *write_lock(&self.live))));
        let mut next = layers.to_vec();
        next.push(Layer { first: segment, last: segment, tier: 0, keys });
        *layers = Arc::new(next);
        drop(layers);
        self.write_surplus();
    }

    /// Candidates for each of `keys` in the sealed segments, ordered by number of the key.
    pub(crate) fn lookup(&self, archive: &Archive, keys: &[Key]) -> Result<Vec<Hit>, ReadError> {
        loop {
            let mut hits = Vec::new();
            match self.try_lookup(keys, &mut hits) {
                Ok(()) => {
                    hits.sort_unstable();
                    return Ok(hits);
                }
                Err((layer, fault)) => {
                    tracing::warn!(first = layer.first, last = layer.last, %fault,
                        "an id run cannot be read; its ids are collected from the segments");
                    self.heal(archive, &layer)?;
                }
            }
        }
    }

    /// Layer by layer rather than key by key: the probes of one filter do not wait for another.
    fn try_lookup(&self, keys: &[Key], hits: &mut Vec<Hit>) -> Result<(), (Layer, RunFault)> {
        for layer in self.layers().iter() {
            for (index, key) in keys.iter().enumerate() {
                match &layer.keys {
                    Keys::Map(map) => hits.extend(map.get(*key).map(|seq| (index, seq))),
                    Keys::Run(run) if run.may_hold(*key) => {
                        let found = run.get(*key).map_err(|fault| (layer.clone(), fault))?;
                        hits.extend(found.into_iter().map(|seq| (index, seq)));
                    }
                    Keys::Run(_) => {}
                }
            }
        }
        Ok(())
    }

    fn layers(&self) -> Arc<Vec<Layer>> {
        read_lock(&self.layers).clone()
    }
}

impl Layer {
    fn is(&self, other: &Layer) -> bool {
        match (&self.keys, &other.keys) {
            (Keys::Map(a), Keys::Map(b)) => Arc::ptr_eq(a, b),
            (Keys::Run(a), Keys::Run(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}
