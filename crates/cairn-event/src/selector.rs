//! Event selectors: which events a trail or an event data store receives.
//!
//! [`Selectors`] are the documents as clients give them and get them back. [`Selectors::validate`]
//! refuses what CloudTrail refuses; [`Matcher::compile`] makes of them what is asked about each
//! event.

mod advanced;
mod basic;
mod class;
mod demand;
mod fields;
mod insight;
mod invalid;
mod kinds;
mod matcher;
mod member;
mod patterns;
mod region;
mod sources;
mod validate;

use serde::{Deserialize, Serialize};

pub use advanced::{AdvancedSelector, FieldSelector};
pub use basic::{BasicSelector, DataResource};
pub use class::folder;
pub use demand::{Demand, Matchers};
pub use fields::Fields;
pub use insight::{InsightSelector, InvalidInsights};
pub use invalid::InvalidSelectors;
pub use kinds::is_data_kind;
pub use matcher::{Matcher, Prospect};
pub use region::{TrailScope, is_global_service};

/// The selectors in force: one kind of the two.
///
/// Serialised, the name of the variant is the member of the API that holds the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Selectors {
    #[serde(rename = "EventSelectors")]
    Basic(Vec<BasicSelector>),
    #[serde(rename = "AdvancedEventSelectors")]
    Advanced(Vec<AdvancedSelector>),
}

/// What selectors belong to. An event data store has more categories and fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    Trail,
    EventDataStore,
}

/// How much one trail or event data store may select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Basic selectors of a trail, advanced selectors of an event data store.
    pub selectors: usize,
    /// Values of basic selectors, those that stand for all resources of a type not counted.
    pub data_resources: usize,
    /// Values of all conditions of all advanced selectors.
    pub values: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { selectors: 5, data_resources: 250, values: 500 }
    }
}

impl Selectors {
    /// The one of the two lists that a request gives.
    pub fn of(
        basic: Option<Vec<BasicSelector>>,
        advanced: Option<Vec<AdvancedSelector>>,
    ) -> Result<Self, InvalidSelectors> {
        match (basic, advanced) {
            (Some(basic), None) => Ok(Self::Basic(basic)),
            (None, Some(advanced)) => Ok(Self::Advanced(advanced)),
            (None, None) => Err(InvalidSelectors::NoKind),
            (Some(_), Some(_)) => Err(InvalidSelectors::BothKinds),
        }
    }

    /// Refuses what CloudTrail refuses, with its `InvalidEventSelectorsException`.
    pub fn validate(&self, scope: Scope, quotas: &Quotas) -> Result<(), InvalidSelectors> {
        match self {
            Self::Basic(selectors) => validate::basic(selectors, quotas),
            Self::Advanced(selectors) => validate::advanced(selectors, scope, quotas),
        }
    }

    /// `HasCustomEventSelectors`: whether they differ from what a trail has by itself, in either
    /// of the forms that say so.
    pub fn has_custom(&self) -> bool {
        match self {
            Self::Basic(selectors) => *selectors != [BasicSelector::default()],
            Self::Advanced(_) => *self != Self::default(),
        }
    }
}

/// What GetEventSelectors answers for a trail that was never given selectors: all management
/// events.
impl Default for Selectors {
    fn default() -> Self {
        Self::Advanced(vec![AdvancedSelector {
            name: Some("Management events selector".to_owned()),
            field_selectors: vec![FieldSelector::equals("eventCategory", ["Management"])],
        }])
    }
}

#[cfg(test)]
mod tests;
