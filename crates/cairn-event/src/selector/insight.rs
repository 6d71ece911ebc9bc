//! Insights selectors: which unusual activity is looked for.

use serde::{Deserialize, Serialize};

use super::{Matcher, Scope, Selectors};

/// `InsightSelector`, as clients give it and get it back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InsightSelector {
    /// Empty where it is missing, which is no type.
    #[serde(default)]
    pub insight_type: String,
    #[serde(default = "management")]
    pub event_categories: Vec<String>,
}

/// What `InvalidInsightSelectorsException` says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInsights {
    #[error("Value {0} for InsightType is invalid.")]
    Type(String),
    #[error("InsightType {0} is specified more than once.")]
    Twice(String),
    #[error("Value {0} for EventCategories is invalid.")]
    Category(String),
    #[error("Insights on data events are supported only for trails.")]
    DataOfStore,
    #[error("{insight_type} requires that {needed} are logged.")]
    NotLogged { insight_type: String, needed: &'static str },
}

impl InsightSelector {
    /// Checks what PutInsightSelectors is given against the events that `source`, the selectors of
    /// the trail or event data store, lets through. An empty list turns Insights off.
    pub fn validate(
        list: &[Self],
        source: &Selectors,
        scope: Scope,
    ) -> Result<(), InvalidInsights> {
        let matcher = Matcher::compile(source);
        for (at, selector) in list.iter().enumerate() {
            let insight_type = &selector.insight_type;
            let known = ["ApiCallRateInsight", "ApiErrorRateInsight"];
            if !known.contains(&insight_type.as_str()) {
                return Err(InvalidInsights::Type(insight_type.clone()));
            }
            if list[..at].iter().any(|other| other.insight_type == *insight_type) {
                return Err(InvalidInsights::Twice(insight_type.clone()));
            }
            selector.check_categories(&matcher, scope)?;
        }
        Ok(())
    }

    fn check_categories(&self, source: &Matcher, scope: Scope) -> Result<(), InvalidInsights> {
        if self.event_categories.is_empty() {
            return Err(InvalidInsights::Category(String::new()));
        }
        let counts_errors = self.insight_type == "ApiErrorRateInsight";
        for category in &self.event_categories {
            let (logged, needed) = match (category.as_str(), scope) {
                ("Management", _) if counts_errors => {
                    let logged = [true, false].map(|read| source.may_log_management(read));
                    (logged.contains(&true), "read or write management events")
                }
                ("Management", _) => (source.may_log_management(false), "write management events"),
                ("Data", Scope::EventDataStore) => return Err(InvalidInsights::DataOfStore),
                ("Data", Scope::Trail) => {
                    let logged = [true, false].map(|read| source.may_log_data(read));
                    (logged.contains(&true), "data events")
                }
                _ => return Err(InvalidInsights::Category(category.clone())),
            };
            if !logged {
                let insight_type = self.insight_type.clone();
                return Err(InvalidInsights::NotLogged { insight_type, needed });
            }
        }
        Ok(())
    }
}

fn management() -> Vec<String> {
    vec!["Management".to_owned()]
}
