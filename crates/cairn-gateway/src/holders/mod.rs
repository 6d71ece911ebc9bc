//! Who holds the access keys that Cairn did not issue: told by the configuration, or learned from
//! answers of STS and IAM that were seen on the way.

mod note;
mod taught;
mod worker;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use worker::HoldersWorker;

use cairn_core::Timestamp;
use cairn_event::{Identity, Json};
use cairn_store::{Lesson, Store, StoreError, lesson};
use cairn_task::Wake;

use taught::taught;

/// Keys that are remembered; beyond this, those that expire first are forgotten.
const KEYS: usize = 100_000;
/// Lessons that wait for the store; beyond this, keys are known until the end of the process only.
const UNSAVED: usize = 10_000;
/// How long the key of a session is remembered where nobody says when it expires: the longest that
/// a session may last.
const SESSION_MILLIS: i64 = 36 * 3600 * 1000;

/// The holders of foreign access keys.
#[derive(Default)]
pub struct Holders {
    keys: Mutex<HashMap<String, Holder>>,
    /// What was learned and is not in the store yet.
    unsaved: Mutex<Vec<Lesson>>,
    learned: Wake,
}

/// Who holds a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub identity: Identity,
    /// By the configuration, which no answer overrules.
    told: bool,
    /// `None` for a key that was configured or lasts.
    expires: Option<Timestamp>,
}

/// An answer that may say whose a key is.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// `sts.amazonaws.com` or `iam.amazonaws.com`; others say nothing.
    pub source: &'a str,
    /// The operation.
    pub name: &'a str,
    pub at: Timestamp,
    pub caller: &'a Identity,
    /// As records show them.
    pub parameters: Option<&'a Json>,
    pub elements: Option<&'a Json>,
}

impl Holders {
    /// A key that the configuration names.
    pub fn tell(&self, access_key_id: String, identity: Identity) {
        self.keys().insert(access_key_id, Holder { identity, told: true, expires: None });
    }

    /// The holder of a key, if one is known and has not expired.
    pub fn find(&self, access_key_id: &str, now: Timestamp) -> Option<Identity> {
        let keys = self.keys();
        let holder = keys.get(access_key_id)?;
        let valid = holder.expires.is_none_or(|expires| now < expires);
        valid.then(|| holder.identity.clone())
    }

    /// Takes note of whose key an answer shows. Configured keys stay as they are.
    pub fn learn(&self, answer: Answer<'_>) {
        let Some((key, identity)) = taught(answer) else { return };
        let Some(expires) = self.remember(&answer, &key, identity) else { return };
        let mut unsaved = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
        if unsaved.len() < UNSAVED {
            unsaved.push(Lesson { access_key_id: key, lesson: note::write(&answer), expires });
            self.learned.wake();
        }
    }

    /// Learns again what an earlier process learned.
    pub async fn load(&self, store: &Store) -> Result<(), StoreError> {
        for Lesson { lesson, .. } in lesson::list(store).await? {
            note::read(&lesson, |answer| {
                if let Some((key, identity)) = taught(answer) {
                    self.remember(&answer, &key, identity);
                }
            });
        }
        Ok(())
    }

    /// When the key expires, if it was taken note of.
    #[expect(clippy::option_option, reason = "a key may last for ever")]
    fn remember(
        &self,
        answer: &Answer<'_>,
        key: &str,
        identity: Identity,
    ) -> Option<Option<Timestamp>> {
        let lasting = identity.session_context.is_none();
        let expires =
            answer.at.saturating_add(std::time::Duration::from_millis(SESSION_MILLIS as u64));
        let expires = (!lasting).then_some(expires);
        let mut keys = self.keys();
        if keys.get(key).is_some_and(|held| held.told) {
            return None;
        }
        if keys.len() >= KEYS {
            keys.retain(|_, holder| holder.expires.is_none_or(|expires| answer.at < expires));
        }
        if keys.len() >= KEYS
            && let Some(first) = soonest(&keys)
        {
            keys.remove(&first);
        }
        let identity = identity.with_access_key(key);
        keys.insert(key.to_owned(), Holder { identity, told: false, expires });
        Some(expires)
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, Holder>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The learned key that expires first; those that last come last.
fn soonest(keys: &HashMap<String, Holder>) -> Option<String> {
    let learned = keys.iter().filter(|(_, holder)| !holder.told);
    let end = |holder: &Holder| (holder.expires.is_none(), holder.expires);
    learned.min_by_key(|(_, holder)| end(holder)).map(|(key, _)| key.clone())
}

#[cfg(test)]
mod tests;
