//! The tags of resources as they are at one place of the journal.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use cairn_core::{AccountId, Seq, Timestamp};
use cairn_event::Event;
use cairn_store::{Store, TagChange, tag_change};
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
    /// Sessions, in the order in which they came.
    sessions: VecDeque<(Timestamp, String)>,
}

impl Tags {
    /// As of a record of the journal.
    pub(crate) async fn open(store: &Store, wanted: Wanted, upto: Seq) -> Result<Self, LakeError> {
        let mut accounts = HashMap::new();
        for (account, keys) in &wanted {
            let mut tagged = Tagged::default();
            for row in tag_change::list(store, *account, keys, upto).await? {
                if let Some(ends) = row.ends {
                    tagged.begin(&row.resource, ends);
                }
                tagged.put(&row.resource, row.key.as_deref(), row.value);
            }
            accounts.insert(*account, tagged);
        }
        Ok(Self { wanted, accounts })
    }

    pub(crate) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// Whether rows of the account's events tell tags.
    pub(crate) fn watches(&self, account: AccountId) -> bool {
        self.wanted.contains_key(&account)
    }

    /// What a record changed, for the records behind it.
    pub(crate) fn apply(&mut self, change: &TagChange, now: Timestamp) {
        let Some(keys) = self.wanted.get(&change.account) else { return };
        let is_wanted = |key: &String| keys.contains(key);
        let tagged = self.accounts.entry(change.account).or_default();
        tagged.forget(now);
        for resource in &change.resources {
            if let Some(ends) = change.ends.filter(|_| change.tags.keys().any(is_wanted)) {
                tagged.begin(resource, ends);
            }
            if change.clears {
                tagged.put(resource, None, None);
            }
            for (key, value) in change.tags.iter().filter(|(key, _)| is_wanted(key)) {
                tagged.put(resource, Some(key), value.clone());
            }
        }
    }

    /// Those of the caller: of the user or role, and over them those of the session.
    pub(super) fn of_principal(&self, event: &Event, account: AccountId) -> BTreeMap<&str, &str> {
        let mut found = BTreeMap::new();
        let Some(tagged) = self.accounts.get(&account) else { return found };
        let arn = event.issuer_arn().or_else(|| event.user_arn()).map(|arn| named::key(&arn));
        let session = event.access_key_id();
        for key in [arn.as_deref(), session.as_deref()].into_iter().flatten() {
            found.extend(tagged.of(key));
        }
        found
    }

    /// Those of each resource that the record names by its ARN and that has some.
    pub(super) fn of_resources(
        &self,
        event: &Event,
        account: AccountId,
    ) -> Vec<(String, BTreeMap<&str, &str>)> {
        let Some(tagged) = self.accounts.get(&account).filter(|tagged| !tagged.of.is_empty())
        else {
            return Vec::new();
        };
        let parameters = event.request_parameters().map(serde_json::from_slice::<Value>);
        let parameters = parameters.and_then(Result::ok).unwrap_or_default();
        let arns = named::arns(event, &parameters).into_iter();
        let tags = arns.map(|arn| {
            let tags: BTreeMap<_, _> = tagged.of(&named::key(&arn)).collect();
            (arn, tags)
        });
        tags.filter(|(_, tags)| !tags.is_empty()).collect()
    }
}

impl Tagged {
    fn of(&self, resource: &str) -> impl Iterator<Item = (&str, &str)> {
        let tags = self.of.get(resource).into_iter().flatten();
        tags.map(|(key, value)| (&**key, &**value))
    }

    /// Without a key all tags are gone, without a value one is.
    fn put(&mut self, resource: &str, key: Option<&str>, value: Option<String>) {
        let Some(key) = key else {
            self.of.remove(resource);
            return;
        };
        match value {
            Some(value) => {
                let tags = self.of.entry(resource.to_owned()).or_default();
                tags.insert(key.to_owned(), value);
            }
            None => {
                let Some(tags) = self.of.get_mut(resource) else { return };
                tags.remove(key);
                if tags.is_empty() {
                    self.of.remove(resource);
                }
            }
        }
    }

    fn begin(&mut self, session: &str, ends: Timestamp) {
        self.sessions.push_back((ends, session.to_owned()));
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((_, session)) = self.sessions.pop_front_if(|(ends, _)| *ends < now) {
            self.of.remove(&session);
        }
    }
}

#[cfg(test)]
mod tests;
