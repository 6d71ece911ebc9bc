//! What a store selects, and which columns its table has by that.

use cairn_api::shapes::AdvancedEventSelector;
use cairn_event::selector::{
    AdvancedSelector, FieldSelector, InvalidSelectors, Quotas, Scope, Selectors,
};
use cairn_store::EventDataStore;
use cairn_store::event_data_store::Schema;

use crate::refusal::{Refusal, Why};
use crate::trail::recast;

/// What a request gives, if it is valid for a store; all management events where it gives nothing.
pub(crate) fn given(
    list: Option<&Vec<AdvancedEventSelector>>,
    quotas: &Quotas,
) -> Result<(Selectors, Schema), Refusal> {
    let invalid =
        |error: InvalidSelectors| Refusal::new(Why::InvalidEventSelectors, error.to_string());
    let selectors = match list {
        Some(list) => recast(list)?,
        None => vec![AdvancedSelector {
            name: Some("Default management events".to_owned()),
            field_selectors: vec![FieldSelector::equals("eventCategory", ["Management"])],
        }],
    };
    let schema = schema(&selectors);
    let selectors = Selectors::Advanced(selectors);
    selectors.validate(Scope::EventDataStore, quotas).map_err(invalid)?;
    // Valid selectors name one category each, and those that do not go together stand alone.
    let schema = schema.ok_or_else(|| {
        Refusal::new(Why::Internal, "valid selectors name no category".to_owned())
    })?;
    Ok((selectors, schema))
}

fn schema(selectors: &[AdvancedSelector]) -> Option<Schema> {
    let fields = &selectors.first()?.field_selectors;
    let category = fields.iter().find(|field| field.field == "eventCategory")?;
    Schema::of_category(category.equals.as_ref()?.first()?)
}

/// The selectors in force.
pub(crate) fn of(store: &EventDataStore) -> Result<Selectors, Refusal> {
    serde_json::from_str(&store.settings.selectors).map_err(|error| {
        Refusal::new(Why::Internal, format!("the selectors of {} are damaged: {error}", store.id))
    })
}

/// As the API shows them.
pub(crate) fn shown(store: &EventDataStore) -> Result<Vec<AdvancedEventSelector>, Refusal> {
    match of(store)? {
        Selectors::Advanced(list) => recast(&list),
        Selectors::Basic(_) => {
            let text = format!("the selectors of {} are not advanced", store.id);
            Err(Refusal::new(Why::Internal, text))
        }
    }
}
