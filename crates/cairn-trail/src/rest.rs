//! Pauses between attempts.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use cairn_task::Backoff;

const FIRST: Duration = Duration::from_millis(250);

/// What did not work, and when to try it again.
pub(crate) struct Rests<K> {
    cap: Duration,
    waiting: HashMap<K, (u64, Duration)>,
}

impl<K: Eq + Hash> Rests<K> {
    pub(crate) fn new(cap: Duration) -> Self {
        Self { cap, waiting: HashMap::new() }
    }

    pub(crate) fn is_due(&self, key: &K, now: Duration) -> bool {
        self.waiting.get(key).is_none_or(|(_, until)| *until <= now)
    }

    /// How often it failed in a row. What fails while it rests already counts once.
    pub(crate) fn failed(&mut self, key: K, now: Duration) -> u64 {
        let (failures, until) = self.waiting.entry(key).or_default();
        if *failures == 0 || *until <= now {
            *failures += 1;
            *until = now + Backoff { first: FIRST, cap: self.cap }.pause(*failures);
        }
        *failures
    }

    pub(crate) fn worked(&mut self, key: &K) {
        self.waiting.remove(key);
    }

    /// Lets go of what there is no more.
    pub(crate) fn retain(&mut self, keep: impl Fn(&K) -> bool) {
        self.waiting.retain(|key, _| keep(key));
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}
