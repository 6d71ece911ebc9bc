//! The widgets of a request: checked, and as they are answered.

use std::collections::BTreeMap;

use cairn_api::shapes::{RequestWidget, Widget as Shown};
use cairn_core::Timestamp;
use cairn_store::Widget;

use super::refresh::values;
use crate::Services;
use crate::query::{Owner, check, fill};
use crate::refusal::{Refusal, Why};

/// Widgets of one dashboard.
const WIDGETS: usize = 10;
/// What the parameters of a custom widget may be.
const PARAMETERS: [&str; 3] = ["$StartTime$", "$EndTime$", "$Period$"];

/// Checks every widget: its parameters, its view, and that its query plans.
pub(super) async fn checked(
    services: &Services,
    owner: Owner<'_>,
    given: Vec<RequestWidget>,
) -> Result<Vec<Widget>, Refusal> {
    if given.len() > WIDGETS {
        let text = format!("A dashboard can have at most {WIDGETS} widgets.");
        return Err(Refusal::new(Why::ServiceQuotaExceeded, text));
    }
    let now = services.clock.now();
    let mut widgets = Vec::with_capacity(given.len());
    for widget in given {
        let parameters = widget.query_parameters.unwrap_or_default();
        let statement = filled(&widget.query_statement, &parameters, &BTreeMap::new(), now)?;
        check(services, owner, &statement).await.map_err(not_to_be_asked)?;
        widgets.push(Widget {
            alias: format!("Widget-{}", services.recorder.new_id()),
            statement: widget.query_statement,
            parameters,
            view: widget.view_properties,
        });
    }
    Ok(widgets)
}

/// The operations have no name of their own for a store whose policy refuses the query.
fn not_to_be_asked(refusal: Refusal) -> Refusal {
    match refusal.why {
        Why::OperationNotPermitted => Refusal { why: Why::InvalidQueryStatement, ..refusal },
        _ => refusal,
    }
}

/// A custom widget's statement with its parameters put in.
pub(super) fn filled(
    statement: &str,
    parameters: &[String],
    given: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<String, Refusal> {
    if let Some(unknown) = parameters.iter().find(|name| !PARAMETERS.contains(&&***name)) {
        let text = format!(
            "The query parameter {unknown:.128} is not valid. Valid query parameters are: {}.",
            PARAMETERS.join(", ")
        );
        return Err(Refusal::new(Why::InvalidQueryStatement, text));
    }
    let values = values(parameters, given, now);
    let wrong = |refusal: Refusal| Refusal { why: Why::InvalidQueryStatement, ..refusal };
    fill(statement, &values).map_err(wrong)
}

pub(super) fn shown(widgets: &[Widget]) -> Vec<Shown> {
    let one = |widget: &Widget| Shown {
        query_alias: Some(widget.alias.clone()),
        query_parameters: Some(widget.parameters.clone()).filter(|list| !list.is_empty()),
        query_statement: Some(widget.statement.clone()),
        view_properties: Some(widget.view.clone()),
    };
    widgets.iter().map(one).collect()
}

/// What is wrong with how widgets are to be shown.
pub(super) fn invalid(widgets: &[RequestWidget]) -> Option<String> {
    const VIEWS: [&str; 4] = ["Table", "LineChart", "PieChart", "BarChart"];
    widgets.iter().find_map(|widget| {
        let view = widget.view_properties.get("View")?;
        let known = VIEWS.contains(&&**view);
        (!known).then(|| {
            let names = VIEWS.join(", ");
            format!("Value '{view:.128}' at 'viewProperties.View' is not valid: use one of {names}")
        })
    })
}
