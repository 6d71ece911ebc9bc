//! Pages that were read and checked, within a bound.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::key::HashedKeys;

/// Locks are this many, so that lookups on several cores seldom meet.
const SHARDS: usize = 16;

/// Pages of all parts. When a shard is full, the first page that was not used since it was last
/// looked at makes room.
#[derive(Debug)]
pub(crate) struct Cache {
    shards: Vec<Mutex<Shard>>,
    /// Pages of one shard.
    room: usize,
}

/// A page: the part's id and the page's number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageId {
    pub(crate) part: u64,
    pub(crate) page: u32,
}

#[derive(Debug, Default)]
struct Shard {
    slots: Vec<Slot>,
    /// From a page's hash to its slot; two pages with one hash take turns.
    found: HashMap<u64, usize, HashedKeys>,
    hand: usize,
}

#[derive(Debug)]
struct Slot {
    id: PageId,
    bytes: Bytes,
    used: bool,
}

impl PageId {
    fn hash(self) -> u64 {
        let mixed = (self.part << 24 ^ u64::from(self.page)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 32
    }
}

impl Cache {
    pub(crate) fn new(pages: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, room: pages.div_ceil(SHARDS).max(1) }
    }

    pub(crate) fn get(&self, id: PageId) -> Option<Bytes> {
        let mut shard = self.shard(id);
        let at = *shard.found.get(&id.hash())?;
        let slot = shard.slots.get_mut(at).filter(|slot| slot.id == id)?;
        slot.used = true;
        Some(slot.bytes.clone())
    }

    pub(crate) fn put(&self, id: PageId, bytes: Bytes) {
        let room = self.room;
        let mut shard = self.shard(id);
        let at = match shard.found.get(&id.hash()) {
            Some(at) => *at,
            None if shard.slots.len() < room => shard.slots.len(),
            None => shard.evict(),
        };
        let slot = Slot { id, bytes, used: false };
        if at == shard.slots.len() {
            shard.slots.push(slot);
        } else {
            shard.slots[at] = slot;
        }
        shard.found.insert(id.hash(), at);
    }

    fn shard(&self, id: PageId) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[(id.hash() >> 57) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shard {
    /// Frees a slot and gives back its place.
    fn evict(&mut self) -> usize {
        loop {
            let at = self.hand % self.slots.len();
            self.hand = at + 1;
            let slot = &mut self.slots[at];
            if !std::mem::take(&mut slot.used) {
                self.found.remove(&slot.id.hash());
                return at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_within_the_bound_and_used_ones_longer() {
        let cache = Cache::new(SHARDS * 4);
        let id = |page| PageId { part: 3, page };
        let page = |page: u32| Bytes::copy_from_slice(&page.to_le_bytes());
        cache.put(id(0), page(0));
        for number in 1..1000 {
            cache.put(id(number), page(number));
            assert_eq!(cache.get(id(0)), Some(page(0)));
        }
        let kept: Vec<u32> = (0..1000).filter(|number| cache.get(id(*number)).is_some()).collect();
        assert!(kept.len() <= SHARDS * 4 && kept.len() > SHARDS, "{}", kept.len());
        assert!(kept.iter().all(|number| cache.get(id(*number)) == Some(page(*number))));
    }
}
