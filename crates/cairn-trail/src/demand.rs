//! Which data events somebody asks for, for those who decide before there is a record.

use std::sync::{Arc, PoisonError, RwLock};

use cairn_event::selector::{Matcher, Prospect};

/// What the trails that log select of data events. A clone sees the same.
#[derive(Clone, Default)]
pub struct Demand {
    matchers: Arc<RwLock<Vec<Arc<Matcher>>>>,
}

impl Demand {
    /// Whether a trail may select the data event of a call that is about to be made. Trails of all
    /// accounts are asked: whose record it will be is not always known before.
    pub fn wants(&self, prospect: &Prospect<'_>) -> bool {
        let matchers = self.matchers.read().unwrap_or_else(PoisonError::into_inner);
        matchers.iter().any(|matcher| matcher.may_want(prospect))
    }

    pub(crate) fn replace(&self, matchers: Vec<Arc<Matcher>>) {
        *self.matchers.write().unwrap_or_else(PoisonError::into_inner) = matchers;
    }
}
