//! How many lookups an account may make in a Region.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_core::{AccountId, Clock, Region};

/// A bucket for each account and Region: it holds one second's calls and refills steadily.
pub struct Throttle {
    per_second: Option<f64>,
    clock: Arc<dyn Clock>,
    buckets: Mutex<HashMap<(AccountId, Region), Bucket>>,
}

struct Bucket {
    tokens: f64,
    filled: Duration,
}

/// Buckets kept; when there are more, full ones are forgotten, which changes nothing for anyone.
const BUCKETS: usize = 10_000;

impl Throttle {
    /// `None` lets everything through.
    pub fn new(per_second: Option<u64>, clock: Arc<dyn Clock>) -> Self {
        let per_second = per_second.map(|rate| rate as f64);
        Self { per_second, clock, buckets: Mutex::default() }
    }

    pub(crate) fn allows(&self, account: AccountId, region: &Region) -> bool {
        let Some(rate) = self.per_second else { return true };
        let now = self.clock.elapsed();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS {
            buckets.retain(|_, bucket| bucket.refill(now, rate) < rate);
        }
        let key = (account, region.clone());
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: rate, filled: now });
        let allowed = bucket.refill(now, rate) >= 1.0;
        if allowed {
            bucket.tokens -= 1.0;
        }
        allowed
    }
}

impl Bucket {
    fn refill(&mut self, now: Duration, rate: f64) -> f64 {
        let passed = now.saturating_sub(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * rate).min(rate);
        self.filled = now;
        self.tokens
    }
}

#[cfg(test)]
mod tests {
    use cairn_core::{ManualClock, Timestamp};

    use super::*;

    #[test]
    fn two_a_second_for_each_account_and_region() {
        let clock = Arc::new(ManualClock::new(Timestamp::EPOCH));
        let throttle = Throttle::new(Some(2), clock.clone());
        let (one, two) = (AccountId::new(1).unwrap(), AccountId::new(2).unwrap());
        let east: Region = "us-east-1".parse().unwrap();
        let west: Region = "us-west-2".parse().unwrap();
        let ask = |account, region| throttle.allows(account, region);
        assert_eq!([ask(one, &east), ask(one, &east), ask(one, &east)], [true, true, false]);
        assert!(ask(two, &east) && ask(one, &west));
        clock.advance(Duration::from_millis(500));
        assert_eq!([ask(one, &east), ask(one, &east)], [true, false]);
        assert!((0..100).all(|_| Throttle::new(None, clock.clone()).allows(one, &east)));
    }
}
