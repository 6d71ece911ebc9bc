//! The tags of resources as they are at one place of the journal.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use cairn_core::{AccountId, Timestamp};
use cairn_event::Event;
use cairn_store::{Store, TagChange, resource_tag};
use serde_json::Value;

use super::named;
use crate::LakeError;

/// Of each account, the keys of tags that stores of it ask for.
pub(crate) type Wanted = BTreeMap<AccountId, BTreeSet<String>>;

/// Tags that stores ask for, and no others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tags {
    wanted: Wanted,
    accounts: HashMap<AccountId, Tagged>,
}

#[derive(Debug, Clone, Default)]
struct Tagged {
    of: HashMap<String, BTreeMap<String, String>>,
    /// By access key.
    sessions: HashMap<String, Session>,
    /// Sessions that end, in the order of their ends.
    ends: VecDeque<(Timestamp, String)>,
}

#[derive(Debug, Clone)]
struct Session {
    ends: Timestamp,
    tags: BTreeMap<String, String>,
}

/// Those of one account as one record of it sees them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    tagged: Option<&'a Tagged>,
    /// When the journal took the record.
    came: Timestamp,
}

impl Tags {
    /// As of the lake's cursor.
    pub(crate) async fn open(store: &Store, wanted: Wanted) -> Result<Self, LakeError> {
        let mut tags = Self { accounts: HashMap::new(), wanted };
        for (account, keys) in &tags.wanted {
            let tagged = tags.accounts.entry(*account).or_default();
            let mut rows = resource_tag::list(store, *account, keys).await?;
            rows.sort_by_key(|row| row.ends);
            for row in rows {
                tagged.put(&row.resource, row.ends, &row.key, Some(row.value));
            }
        }
        Ok(tags)
    }

    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Whether rows may tell what a record changed.
    pub(crate) fn concern(&self, change: &TagChange) -> bool {
        let (account, tags) = (&change.account, &change.tags);
        let asked = |keys: &BTreeSet<String>| tags.keys().any(|key| keys.contains(key));
        let known = |tagged: &Tagged| {
            change.clears && change.resources.iter().any(|one| tagged.of.contains_key(one))
        };
        self.wanted.get(account).is_some_and(asked) || self.accounts.get(account).is_some_and(known)
    }

    /// What a record that came then changed, for the records behind it.
    pub(crate) fn apply(&mut self, change: &TagChange, came: Timestamp) {
        let Some(keys) = self.wanted.get(&change.account) else { return };
        let tagged = self.accounts.entry(change.account).or_default();
        tagged.forget(came);
        for resource in &change.resources {
            if change.clears {
                tagged.of.remove(resource);
            }
            for (key, value) in change.tags.iter().filter(|(key, _)| keys.contains(*key)) {
                tagged.put(resource, change.ends, key, value.clone());
            }
        }
    }

    pub(crate) fn seen(&self, account: AccountId, came: Timestamp) -> Seen<'_> {
        Seen { tagged: self.accounts.get(&account), came }
    }
}

impl<'a> Seen<'a> {
    /// Those of the caller: of the user or role, and over them those of the session.
    pub(super) fn of_principal(self, event: &Event) -> BTreeMap<&'a str, &'a str> {
        let mut found = BTreeMap::new();
        let Some(tagged) = self.tagged else { return found };
        if let Some(arn) = event.issuer_arn().or_else(|| event.user_arn()) {
            found.extend(self.of(&arn));
        }
        let session = event.access_key_id().and_then(|key| tagged.sessions.get(&*key));
        if let Some(session) = session.filter(|session| session.ends >= self.came) {
            found.extend(texts(&session.tags));
        }
        found
    }

    /// The ARNs that a record names, if any resource has tags.
    pub(super) fn arns(self, event: &Event) -> Vec<String> {
        if self.tagged.is_none_or(|tagged| tagged.of.is_empty()) {
            return Vec::new();
        }
        let parameters = event.request_parameters().map(serde_json::from_slice::<Value>);
        named::arns(event, &parameters.and_then(Result::ok).unwrap_or_default())
    }

    pub(super) fn of(self, arn: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let tags = self.tagged.and_then(|tagged| tagged.of.get(&named::key(arn)));
        tags.into_iter().flat_map(texts)
    }
}

fn texts(tags: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, value)| (&**key, &**value))
}

impl Tagged {
    /// Without a value the tag is gone.
    fn put(&mut self, resource: &str, ends: Option<Timestamp>, key: &str, value: Option<String>) {
        if let Some(ends) = ends {
            self.put_session(resource, ends, key, value.unwrap_or_default());
            return;
        }
        let Some(value) = value else {
            let Some(tags) = self.of.get_mut(resource) else { return };
            tags.remove(key);
            if tags.is_empty() {
                self.of.remove(resource);
            }
            return;
        };
        self.of.entry(resource.to_owned()).or_default().insert(key.to_owned(), value);
    }

    fn put_session(&mut self, access_key: &str, ends: Timestamp, key: &str, value: String) {
        let begin = || Session { ends: Timestamp::EPOCH, tags: BTreeMap::new() };
        let session = self.sessions.entry(access_key.to_owned()).or_insert_with(begin);
        if session.ends != ends {
            session.ends = ends;
            self.ends.push_back((ends, access_key.to_owned()));
        }
        session.tags.insert(key.to_owned(), value);
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((_, key)) = self.ends.pop_front_if(|(ends, _)| *ends < now) {
            if self.sessions.get(&key).is_some_and(|session| session.ends < now) {
                self.sessions.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
