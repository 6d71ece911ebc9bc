//! The configuration of a trail: which summaries of its data events it is to have.

use cairn_api::shapes::{AggregationConfiguration, EventCategoryAggregation, Template};
use cairn_store::Trail;
use serde::{Deserialize, Serialize};

use super::{damaged, invalid};
use crate::refusal::Refusal;

/// As it is kept with the trail: the API's names.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Aggregation {
    pub(super) aggregation_configurations: Vec<AggregationConfiguration>,
}

impl Aggregation {
    pub(super) fn of(trail: &Trail) -> Result<Self, Refusal> {
        let Some(text) = &trail.event_configuration else { return Ok(Self::default()) };
        serde_json::from_str(text).map_err(|error| damaged(&trail.id, &error))
    }

    /// An empty list ends it.
    pub(super) fn given(list: &[AggregationConfiguration]) -> Result<Self, Refusal> {
        for configuration in list {
            let AggregationConfiguration { event_category, templates } = configuration;
            if let EventCategoryAggregation::Other(category) = event_category {
                let text = format!("Value {category:.256} for EventCategory is invalid.");
                return Err(invalid(text));
            }
            if templates.is_empty() {
                return Err(invalid("An aggregation must have at least one template."));
            }
            for (at, template) in templates.iter().enumerate() {
                let known = !matches!(template, Template::Other(_));
                if !known || templates[..at].contains(template) {
                    let text =
                        format!("Value {:.256} for Templates is invalid.", template.as_str());
                    return Err(invalid(text));
                }
            }
        }
        Ok(Self { aggregation_configurations: list.to_vec() })
    }
}
