//! From a filter as sent to a question that history understands, and to a test of one record.

use cairn_core::Region;
use cairn_event::{Category, Event};
use cairn_history::{Attribute, Query};
use cairn_wire::Fault;

use super::invalid;
use super::shapes::Filter;

/// Attributes of one question at the most.
const ATTRIBUTES: usize = 16;

impl Filter {
    pub(super) fn region(&self) -> Result<Option<Region>, Fault> {
        let parse =
            |text: &String| text.parse().map_err(|error| invalid(format!("Region: {error}")));
        self.region.as_ref().map(parse).transpose()
    }

    pub(super) fn query(&self) -> Result<Query, Fault> {
        if self.attributes.len() > ATTRIBUTES {
            return Err(invalid(format!("more than {ATTRIBUTES} attributes: leave some out")));
        }
        let mut attributes = Vec::with_capacity(self.attributes.len());
        for pair in &self.attributes {
            let Some(attribute) = Attribute::from_name(&pair.attribute_key) else {
                let known = Attribute::ALL.map(Attribute::name).join(", ");
                let text = format!("AttributeKey {:?} is not one of {known}", pair.attribute_key);
                return Err(invalid(text));
            };
            attributes.push((attribute, pair.attribute_value.clone()));
        }
        let text = self.text.clone().filter(|text| !text.is_empty());
        Ok(Query { attributes, text, category: self.category()?, ..Query::default() })
    }

    fn category(&self) -> Result<Option<Category>, Fault> {
        let Some(name) = &self.category else { return Ok(None) };
        let category = match name.as_str() {
            "Management" => Category::Management,
            "Data" => Category::Data,
            "Insight" => Category::Insight,
            "NetworkActivity" => Category::NetworkActivity,
            "ActivityAuditLog" => Category::ActivityAuditLog,
            _ => {
                let text = format!(
                    "Category {name:?} is not one of Management, Data, Insight, NetworkActivity, \
                     ActivityAuditLog"
                );
                return Err(invalid(text));
            }
        };
        Ok(Some(category))
    }
}

/// Whether one record, already known to be of the right account, answers the question: one that
/// event history has, too.
pub(super) fn matches(query: &Query, region: Option<&Region>, event: &Event) -> bool {
    let text = query
        .text
        .as_ref()
        .is_none_or(|text| memchr::memmem::find(event.raw(), text.as_bytes()).is_some());
    text && event.category().names_action()
        && region.is_none_or(|region| event.region() == region.as_str())
        && query.category.is_none_or(|category| event.category() == category)
        && query.attributes.iter().all(|(attribute, value)| attribute.holds(event, value))
}
