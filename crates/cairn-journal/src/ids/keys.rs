use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use cairn_core::limits::EVENT_ID_BYTES;
use twox_hash::XxHash3_128;

use crate::format::sha256;

/// What an id is looked up by.
pub(crate) type Key = u128;

/// The key of an event id. Ids above [`EVENT_ID_BYTES`] are cut: no stored event has one.
pub(crate) fn event_key(seed: u64, account: u64, id: &str) -> Key {
    key(seed, account, 1, id.as_bytes())
}

/// The key of something that has no id: its content.
pub(crate) fn content_key(seed: u64, account: u64, bytes: &[u8]) -> Key {
    key(seed, account, 2, &sha256(&[bytes]))
}

fn key(seed: u64, account: u64, space: u8, id: &[u8]) -> Key {
    let mut bytes = [0; 8 + 1 + EVENT_ID_BYTES];
    let used = 9 + id.len().min(EVENT_ID_BYTES);
    let input = account.to_le_bytes().into_iter().chain([space]).chain(id.iter().copied());
    bytes.iter_mut().zip(input).for_each(|(to, from)| *to = from);
    XxHash3_128::oneshot_with_seed(seed, bytes.get(..used).unwrap_or_default())
}

/// Keys and the records they belong to. Two records under one key are rare but allowed.
#[derive(Default)]
pub(crate) struct KeyMap {
    first: HashMap<Key, u64, BuildHasherDefault<LowBits>>,
    more: Vec<(Key, u64)>,
}

impl KeyMap {
    pub(crate) fn insert(&mut self, key: Key, seq: u64) {
        match self.first.entry(key) {
            Entry::Vacant(entry) => _ = entry.insert(seq),
            Entry::Occupied(_) => self.more.push((key, seq)),
        }
    }

    pub(crate) fn get(&self, key: Key) -> impl Iterator<Item = u64> {
        let more = self.more.iter().filter(move |(other, _)| *other == key).map(|(_, seq)| *seq);
        self.first.get(&key).copied().into_iter().chain(more)
    }

    /// Moves all of `other` here.
    pub(crate) fn absorb(&mut self, other: &mut KeyMap) {
        self.first.reserve(other.first.len());
        other
            .first
            .drain()
            .chain(other.more.drain(..))
            .for_each(|(key, seq)| self.insert(key, seq));
    }

    pub(crate) fn clear(&mut self) {
        self.first.clear();
        self.more.clear();
    }

    pub(crate) fn sorted(&self) -> Vec<(Key, u64)> {
        let first = self.first.iter().map(|(key, seq)| (*key, *seq));
        let mut sorted: Vec<_> = first.chain(self.more.iter().copied()).collect();
        sorted.sort_unstable();
        sorted
    }
}

/// A key is a hash already, made with a seed that nobody outside knows.
#[derive(Default)]
pub(crate) struct LowBits(u64);

impl Hasher for LowBits {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}
