//! What was found out about a bucket's store, as it is kept with a trail.

use cairn_ports::Abilities;
use cairn_store::{PlanDocument, Trail};
use serde_json::{Value, json};

use crate::plan::Plan;

pub(crate) fn encode(abilities: Abilities) -> String {
    let Abilities { conditional_put, versioning, object_lock } = abilities;
    let members = json!({
        "conditional_put": conditional_put,
        "versioning": versioning,
        "object_lock": object_lock,
    });
    members.to_string()
}

/// The trail as delivery needs it after a change by the operation `reason`.
pub(crate) fn plan(trail: &Trail, reason: &str) -> Plan {
    let abilities: Value = serde_json::from_str(&trail.abilities).unwrap_or_default();
    Plan::Trail(Box::new(PlanDocument::of(trail, reason, abilities["conditional_put"] == true)))
}
