//! Which data events somebody asks for, for those who decide before there is a record.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cairn_core::AccountId;
use cairn_event::selector::{Matcher, Prospect};

/// What the trails that log select of data events. A clone sees the same.
#[derive(Clone, Default)]
pub struct Demand {
    state: Arc<RwLock<State>>,
}

#[derive(Default)]
struct State {
    /// Of each account, as far as delivery has come.
    logging: HashMap<AccountId, Vec<Arc<Matcher>>>,
    /// Of trails whose change delivery has not met yet. What a trail asks for has to be recorded
    /// from the moment on when the change is answered.
    expected: HashMap<String, (AccountId, Arc<Matcher>)>,
}

impl Demand {
    /// Whether a trail of the account may select the data event of a call that is about to be made.
    pub fn wants(&self, account: AccountId, prospect: &Prospect<'_>) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let logging = state.logging.get(&account).into_iter().flatten();
        let expected = state.expected.values().filter(|(of, _)| *of == account);
        let mut all = logging.chain(expected.map(|(_, matcher)| matcher));
        all.any(|matcher| matcher.may_want(prospect))
    }

    pub(crate) fn expect(&self, trail: &str, account: AccountId, matcher: Arc<Matcher>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.expected.insert(trail.to_owned(), (account, matcher));
    }

    /// Delivery has come this far; what `met` names is no longer expected.
    pub(crate) fn replace(
        &self,
        logging: HashMap<AccountId, Vec<Arc<Matcher>>>,
        met: Option<&str>,
    ) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.logging = logging;
        if let Some(trail) = met {
            state.expected.remove(trail);
        }
    }
}
