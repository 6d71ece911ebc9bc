//! Which fields a selector of a category may have, and with which operators and values.

use super::is_object_arn;
use crate::selector::class::Class;
use crate::selector::member::Member;
use crate::selector::{InvalidSelectors, Scope, kinds, sources};

/// What may be said about a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    Any,
    Category,
    /// `true` or `false`.
    Flag,
    /// The field has one value, `true`, or is not there.
    OnlyTrue,
    /// The services whose many management events may be left out.
    LeftOut,
    Kind,
    Arn,
    /// A service that records network activity.
    Network,
    /// The one error that network activity has.
    NetworkError,
}

/// A value that the rule of its field does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadValue {
    Value,
    S3Arn,
}

impl BadValue {
    pub(super) fn of(self, field: &str, value: &str) -> InvalidSelectors {
        let value = value.to_owned();
        match self {
            Self::Value => InvalidSelectors::FieldValue { field: field.to_owned(), value },
            Self::S3Arn => InvalidSelectors::S3Arn(value),
        }
    }
}

/// `None` where the category has no such field for the scope.
pub(super) fn rule_of(class: Class, scope: Scope, field: &str) -> Option<Rule> {
    use Member as M;
    let member = Member::from_name(field)?;
    if member == M::EventCategory {
        return Some(Rule::Category);
    }
    let in_store = scope == Scope::EventDataStore;
    match (class, member) {
        (Class::Management | Class::Data, M::ReadOnly) => Some(Rule::Flag),
        (Class::Management, M::EventSource) if !in_store => Some(Rule::LeftOut),
        (Class::Management, M::EventSource | M::EventName | M::EventType | M::UserArn) => {
            in_store.then_some(Rule::Any)
        }
        (Class::Management, M::ConsoleSession) => in_store.then_some(Rule::OnlyTrue),
        (Class::Data, M::ResourceType) => Some(Rule::Kind),
        (Class::Data, M::ResourceArn) => Some(Rule::Arn),
        (Class::Data, M::EventName | M::EventSource | M::EventType | M::UserArn) => Some(Rule::Any),
        (Class::Data, M::ConsoleSession) => Some(Rule::OnlyTrue),
        (Class::NetworkActivity, M::EventSource) => Some(Rule::Network),
        (Class::NetworkActivity, M::EventName | M::VpcEndpoint) => Some(Rule::Any),
        (Class::NetworkActivity, M::ErrorCode) => Some(Rule::NetworkError),
        _ => None,
    }
}

impl Rule {
    pub(super) fn allows(self, operator: &str) -> bool {
        match self {
            Self::Any | Self::Arn => true,
            Self::OnlyTrue => matches!(operator, "Equals" | "NotEquals"),
            Self::LeftOut => operator == "NotEquals",
            Self::Category | Self::Flag | Self::Kind | Self::Network | Self::NetworkError => {
                operator == "Equals"
            }
        }
    }
}

/// `kind` is the selected type of resource, of data events.
pub(super) fn check_value(
    rule: Rule,
    operator: &str,
    value: &str,
    kind: Option<&str>,
) -> Result<(), BadValue> {
    let allowed = match rule {
        Rule::Any | Rule::Category => true,
        Rule::Flag => matches!(value, "true" | "false"),
        Rule::OnlyTrue => value == "true",
        Rule::LeftOut => matches!(value, "kms.amazonaws.com" | "rdsdata.amazonaws.com"),
        Rule::Kind => kinds::is_data_kind(value),
        Rule::Arn if matches!(operator, "Equals" | "NotEquals") => {
            let kind = kind.unwrap_or_default();
            if kind == "AWS::S3::Object" && !is_object_arn(value) {
                return Err(BadValue::S3Arn);
            }
            kinds::is_arn_of(kind, value)
        }
        Rule::Arn => true,
        Rule::Network => sources::has_network_activity(value),
        Rule::NetworkError => value == "VpceAccessDenied",
    };
    if allowed { Ok(()) } else { Err(BadValue::Value) }
}
