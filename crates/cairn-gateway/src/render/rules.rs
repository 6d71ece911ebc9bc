//! What the operator of a gateway wants hidden beyond what is always hidden.

use cairn_event::{HIDDEN, Json};

use super::Asked;

/// One member that is hidden wherever it stands in parameters and response elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hide {
    /// The service's name in the catalog; `None` for every service.
    pub service: Option<String>,
    /// The operation's name; `None` for every operation.
    pub operation: Option<String>,
    /// The member's name, compared without regard to case.
    pub member: String,
}

/// The members that are hidden by order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(Vec<Hide>);

impl Rules {
    pub fn new(hidden: Vec<Hide>) -> Self {
        Self(hidden)
    }

    /// Replaces each member that a rule names by [`HIDDEN`].
    pub(super) fn apply(&self, json: &mut Json, asked: &Asked<'_>) {
        let service = asked.service.map(|service| service.name);
        let operation = asked.operation.map(|operation| operation.name);
        let meant = |wanted: &Option<String>, actual: Option<&str>| match wanted {
            Some(wanted) => actual == Some(wanted),
            None => true,
        };
        let members: Vec<&str> = self
            .0
            .iter()
            .filter(|rule| meant(&rule.service, service) && meant(&rule.operation, operation))
            .map(|rule| rule.member.as_str())
            .collect();
        if !members.is_empty() {
            hide(json, &members);
        }
    }
}

fn hide(json: &mut Json, hidden: &[&str]) {
    match json {
        Json::List(elements) => {
            for element in elements {
                hide(element, hidden);
            }
        }
        Json::Map(members) => {
            for (name, value) in members {
                if hidden.iter().any(|member| member.eq_ignore_ascii_case(name)) {
                    *value = HIDDEN.into();
                } else {
                    hide(value, hidden);
                }
            }
        }
        _ => {}
    }
}
