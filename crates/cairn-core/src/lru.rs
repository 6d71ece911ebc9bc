use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A map that forgets what was not used for longest once the weights add up to more than `limit`.
#[derive(Debug)]
pub struct Lru<K, V> {
    limit: usize,
    state: Mutex<State<K, V>>,
}

#[derive(Debug)]
struct State<K, V> {
    entries: HashMap<K, Entry<V>>,
    /// Keys by when they were last used.
    order: BTreeMap<u64, K>,
    tick: u64,
    weight: usize,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    weight: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V: Clone> Lru<K, V> {
    /// Forgets beyond this weight.
    pub fn new(limit: usize) -> Self {
        let state = State { entries: HashMap::new(), order: BTreeMap::new(), tick: 0, weight: 0 };
        Self { limit, state: Mutex::new(state) }
    }

    /// The value, which is now the one used last.
    pub fn get(&self, key: &K) -> Option<V> {
        let state = &mut *self.lock();
        let entry = state.entries.get_mut(key)?;
        state.tick += 1;
        state.order.remove(&entry.used);
        state.order.insert(state.tick, key.clone());
        entry.used = state.tick;
        Some(entry.value.clone())
    }

    /// Keeps a value of so much weight. One that is heavier than the limit is not kept.
    pub fn put(&self, key: K, value: V, weight: usize) {
        let state = &mut *self.lock();
        state.tick += 1;
        let used = state.tick;
        if let Some(old) = state.entries.insert(key.clone(), Entry { value, weight, used }) {
            state.order.remove(&old.used);
            state.weight -= old.weight;
        }
        state.order.insert(used, key);
        state.weight += weight;
        while state.weight > self.limit
            && let Some((_, oldest)) = state.order.pop_first()
            && let Some(entry) = state.entries.remove(&oldest)
        {
            state.weight -= entry.weight;
        }
    }

    /// Forgets one value.
    pub fn remove(&self, key: &K) {
        let state = &mut *self.lock();
        if let Some(old) = state.entries.remove(key) {
            state.order.remove(&old.used);
            state.weight -= old.weight;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K, V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first() {
        let lru = Lru::new(3);
        for key in 1..=3 {
            lru.put(key, key * 10, 1);
        }
        assert_eq!(lru.get(&1), Some(10));
        lru.put(4, 40, 1);
        assert_eq!((lru.get(&1), lru.get(&2), lru.get(&4)), (Some(10), None, Some(40)));
        lru.put(5, 50, 9);
        assert_eq!((lru.get(&1), lru.get(&5)), (None, None), "heavier than the whole cache");
        for key in [6, 7, 8] {
            lru.put(key, 0, 1);
        }
        lru.remove(&7);
        lru.remove(&7);
        lru.put(9, 0, 1);
        let kept = [6, 7, 8, 9].map(|key| lru.get(&key).is_some());
        assert_eq!(kept, [true, false, true, true], "one that is forgotten leaves its weight");
    }
}
