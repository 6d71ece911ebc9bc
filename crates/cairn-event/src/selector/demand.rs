//! Which data events somebody asks for, for those who decide before there is a record.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cairn_core::AccountId;

use super::{Matcher, Prospect};

/// What is selected, by account.
pub type Matchers = HashMap<AccountId, Vec<Arc<Matcher>>>;

/// What the trails that log and the event data stores that ingest select of data events. A clone
/// sees the same.
#[derive(Debug, Clone, Default)]
pub struct Demand {
    state: Arc<RwLock<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// As far as delivery has come.
    trails: Matchers,
    /// As far as the lake has come.
    lake: Matchers,
    /// By id: what has changed in a way that delivery or the lake has not met yet. What is asked
    /// for has to be recorded from the moment on when the change is answered.
    expected: HashMap<String, (AccountId, Arc<Matcher>)>,
}

impl Demand {
    /// Whether somebody of the account may select the data event of a call that is about to be
    /// made.
    pub fn wants(&self, account: AccountId, prospect: &Prospect<'_>) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let all = [&state.trails, &state.lake];
        let met = all.into_iter().filter_map(|matchers| matchers.get(&account)).flatten();
        let expected = state.expected.values().filter(|(of, _)| *of == account);
        let mut all = met.chain(expected.map(|(_, matcher)| matcher));
        all.any(|matcher| matcher.may_want(prospect))
    }

    /// The trail or event data store of this id is about to change.
    pub fn expect(&self, id: &str, account: AccountId, matcher: Arc<Matcher>) {
        self.change(|state| {
            state.expected.insert(id.to_owned(), (account, matcher));
        });
    }

    /// Delivery has come this far; the trail `met` is no longer expected to change.
    pub fn replace_trails(&self, trails: Matchers, met: Option<&str>) {
        self.change(|state| {
            state.trails = trails;
            met.map(|id| state.expected.remove(id));
        });
    }

    /// The lake has come this far; the event data store `met` is no longer expected to change.
    pub fn replace_lake(&self, lake: Matchers, met: Option<&str>) {
        self.change(|state| {
            state.lake = lake;
            met.map(|id| state.expected.remove(id));
        });
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}
