use std::io;
use std::sync::Arc;

use super::run::{self, Header, Run, RunFault, RunWriter};
use super::{Ids, Key, Keys, Layer, MAPS};
use crate::archive::Archive;
use crate::{ReadError, lock, write_lock};

/// So many neighbours of one tier become one run of the next.
const FAN_IN: usize = 8;
/// A merge writes the maps that have come to wait after each so many keys. The writer stands still
/// when there are more than [`MAPS`], and a merge can take minutes.
const BETWEEN_MAPS: u64 = 1 << 16;

impl Ids {
    /// Writes one map as a run, or merges runs; false when there is nothing to do.
    pub(crate) fn maintain(&self, archive: &Archive) -> Result<bool, ReadError> {
        let _working = lock(&self.work);
        if self.write_one()? {
            return Ok(true);
        }
        let layers = self.layers();
        let Some(old) = layers.windows(FAN_IN).find(|window| mergeable(window)) else {
            return Ok(false);
        };
        match self.merge(old) {
            Ok(()) => {}
            Err(RunFault::Io(error)) => return Err(error.into()),
            Err(RunFault::Damaged) => {
                // Which of them it is does not matter much: all are made anew.
                for layer in old {
                    self.heal(archive, layer)?;
                }
            }
        }
        Ok(true)
    }

    /// Writes maps as runs until few enough are left. What fails stays in memory.
    pub(super) fn write_surplus(&self) {
        let maps = |layers: &[Layer]| {
            layers.iter().filter(|layer| matches!(layer.keys, Keys::Map(_))).count()
        };
        while maps(&self.layers()) > MAPS {
            let _working = lock(&self.work);
            if let Err(error) = self.write_one() {
                tracing::warn!(%error, "an id run cannot be written; its ids stay in memory");
                return;
            }
        }
    }

    /// The usable runs, oldest first; the files of others are removed.
    pub(super) fn load_runs(&self) -> io::Result<Vec<Layer>> {
        let mut ranges = Vec::new();
        for name in self.disk.list()? {
            match run::range(&name) {
                Some(range) => ranges.push(range),
                None => self.disk.remove(&name)?,
            }
        }
        // The widest first: a run inside another is what a merge did not get to remove.
        ranges.sort_by_key(|(first, last)| (*first, std::cmp::Reverse(*last)));
        let mut layers: Vec<Layer> = Vec::new();
        for (first, last) in ranges {
            let name = run::name(first, last);
            let covered = layers.last().is_some_and(|layer| first <= layer.last);
            match Run::open(&*self.disk, &name) {
                Ok(run) if !covered && run.header.seed == self.seed => {
                    let (tier, keys) = (run.header.tier, Keys::Run(Arc::new(run)));
                    layers.push(Layer { first, last, tier, keys });
                }
                _ => self.disk.remove(&name)?,
            }
        }
        Ok(layers)
    }

    fn write_one(&self) -> io::Result<bool> {
        let layers = self.layers();
        let found = layers.iter().find_map(|layer| match &layer.keys {
            Keys::Map(map) => Some((layer, map.clone())),
            Keys::Run(_) => None,
        });
        let Some((layer, map)) = found else { return Ok(false) };
        let sorted = map.sorted();
        let header =
            Header::new(layer.first, layer.last, layer.tier, self.seed, sorted.len() as u64);
        let mut writer = RunWriter::new(&*self.disk, header)?;
        for (key, seq) in sorted {
            writer.push(key, seq)?;
        }
        let run = Arc::new(writer.finish().map_err(as_io)?);
        self.swap(std::slice::from_ref(layer), Layer { keys: Keys::Run(run), ..layer.clone() });
        Ok(true)
    }

    fn merge(&self, old: &[Layer]) -> Result<(), RunFault> {
        let runs: Vec<_> = old.iter().filter_map(|layer| layer.run()).collect();
        let [first, .., last] = old else { return Ok(()) };
        let count = runs.iter().map(|run| run.header.count).sum();
        let header = Header::new(first.first, last.last, first.tier + 1, self.seed, count);
        let mut writer = RunWriter::new(&*self.disk, header)?;
        let mut sources: Vec<_> = runs.iter().map(|run| Source::new(run)).collect();
        let mut merged = 0u64;
        while let Some((key, seq)) = next(&mut sources)? {
            writer.push(key, seq)?;
            merged += 1;
            if merged.is_multiple_of(BETWEEN_MAPS) {
                while self.write_one()? {}
            }
        }
        let run = Arc::new(writer.finish()?);
        let (first, last, tier) = (header.first, header.last, header.tier);
        self.swap(old, Layer { first, last, tier, keys: Keys::Run(run) });
        for layer in old {
            self.disk.remove(&run::name(layer.first, layer.last))?;
        }
        Ok(())
    }

    /// Puts `new` in the place of `old`, unless that has changed meanwhile.
    fn swap(&self, old: &[Layer], new: Layer) {
        let mut layers = write_lock(&self.layers);
        let same = |window: &[Layer]| window.iter().zip(old).all(|(a, b)| a.is(b));
        if let Some(at) = layers.windows(old.len()).position(same) {
            let mut next = layers.to_vec();
            next.splice(at..at + old.len(), [new]);
            *layers = Arc::new(next);
        }
    }
}

impl Layer {
    fn run(&self) -> Option<&Run> {
        match &self.keys {
            Keys::Run(run) => Some(run),
            Keys::Map(_) => None,
        }
    }
}

fn mergeable(window: &[Layer]) -> bool {
    let tier = window.first().map(|layer| layer.tier);
    window.iter().all(|layer| layer.run().is_some() && Some(layer.tier) == tier)
}

fn as_io(fault: RunFault) -> io::Error {
    match fault {
        RunFault::Io(error) => error,
        RunFault::Damaged => io::Error::new(io::ErrorKind::InvalidData, "an id run is damaged"),
    }
}

/// A run that is read from front to back.
struct Source<'a> {
    run: &'a Run,
    page: usize,
    entries: std::vec::IntoIter<(Key, u64)>,
}

impl<'a> Source<'a> {
    fn new(run: &'a Run) -> Self {
        Self { run, page: 0, entries: Vec::new().into_iter() }
    }

    fn peek(&mut self) -> Result<Option<(Key, u64)>, RunFault> {
        while self.entries.as_slice().is_empty() && self.page < self.run.pages() {
            self.entries = self.run.page(self.page)?.into_iter();
            self.page += 1;
        }
        Ok(self.entries.as_slice().first().copied())
    }
}

/// Takes the smallest entry of all sources.
fn next(sources: &mut [Source<'_>]) -> Result<Option<(Key, u64)>, RunFault> {
    let mut least: Option<((Key, u64), usize)> = None;
    for (index, source) in sources.iter_mut().enumerate() {
        if let Some(entry) = source.peek()?
            && least.is_none_or(|(other, _)| entry < other)
        {
            least = Some((entry, index));
        }
    }
    Ok(least.and_then(|(_, index)| sources.get_mut(index)?.entries.next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileDisk;
    use crate::ids::KeyMap;

    /// Keys of one sealed segment, as a map that waits.
    fn seal(ids: &Ids, segment: u64, keys: u64) {
        let mut map = KeyMap::default();
        let key = |seq| Key::from(seq).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        (0..keys).map(|at: u64| segment * keys + at).for_each(|seq| map.insert(key(seq), seq));
        ids.add(&mut map);
        ids.freeze(segment);
    }

    #[test]
    fn maps_do_not_wait_for_the_end_of_a_merge() {
        let dir = tempfile::tempdir().unwrap();
        let ids = Ids::empty(Arc::new(FileDisk::open(dir.path()).unwrap()), 1);
        let keys = BETWEEN_MAPS / FAN_IN as u64 + 1;
        for segment in 1..=FAN_IN as u64 {
            seal(&ids, segment, keys);
            assert!(ids.write_one().unwrap());
        }
        let old = ids.layers();
        seal(&ids, FAN_IN as u64 + 1, 10);
        ids.merge(&old).unwrap();
        let layers = ids.layers();
        let ranges: Vec<_> = layers.iter().map(|layer| (layer.first, layer.last)).collect();
        assert_eq!(ranges, [(1, 8), (9, 9)]);
        assert!(layers.iter().all(|layer| layer.run().is_some()));
    }
}
