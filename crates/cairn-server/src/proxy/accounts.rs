//! Which accounts Cairn has, for records of foreign keys.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_core::{AccountId, Clock};
use cairn_store::{Store, account};

/// How long it is believed that there is no such account.
const MISSING_TIME: Duration = Duration::from_secs(10);
/// Answers that are remembered.
const KEPT: usize = 10_000;

pub(super) struct Accounts {
    store: Store,
    clock: Arc<dyn Clock>,
    /// `None` for an account that exists: accounts are never deleted.
    asked: Mutex<HashMap<AccountId, Option<Duration>>>,
}

impl Accounts {
    pub(super) fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, asked: Mutex::default() }
    }

    pub(super) async fn has(&self, id: AccountId) -> bool {
        let now = self.clock.elapsed();
        let known = self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
        match known {
            Some(None) => return true,
            Some(Some(until)) if now < until => return false,
            _ => {}
        }
        let exists = account::get(&self.store, id).await.is_ok();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= KEPT {
            asked.clear();
        }
        asked.insert(id, (!exists).then_some(now + MISSING_TIME));
        exists
    }
}
