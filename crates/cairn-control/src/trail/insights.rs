//! What PutInsightSelectors and GetInsightSelectors share.

use crate::refusal::{Refusal, Why};

/// What a request is about: a trail, or an event data store.
pub(crate) enum Source<'a> {
    Trail(&'a str),
    Store(&'a str),
}

impl<'a> Source<'a> {
    /// A request names one of the two.
    pub(crate) fn of(trail: Option<&'a str>, store: Option<&'a str>) -> Result<Self, Refusal> {
        match (trail, store) {
            (Some(name), None) => Ok(Self::Trail(name)),
            (None, Some(store)) => Ok(Self::Store(store)),
            (Some(_), Some(_)) => {
                let text = "You cannot specify both a trail and an event data store.";
                Err(Refusal::new(Why::InvalidParameterCombination, text))
            }
            (None, None) => {
                let text = "You must specify either a trail or an event data store.";
                Err(Refusal::new(Why::InvalidParameterCombination, text))
            }
        }
    }
}
