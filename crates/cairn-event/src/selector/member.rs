//! The fields of an event that selectors can name.

/// A field, in the order in which looking at it costs more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    EventCategory,
    ReadOnly,
    /// `readOnly`, and where a record has none, what the name of its action suggests. Only basic
    /// selectors ask for it: their `ReadWriteType` divides all events in two.
    Access,
    EventName,
    EventSource,
    EventType,
    ErrorCode,
    UserArn,
    ResourceType,
    ResourceArn,
    ConsoleSession,
    VpcEndpoint,
}

impl Member {
    /// The field of this name; the case of letters counts.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "eventCategory" => Self::EventCategory,
            "readOnly" => Self::ReadOnly,
            "eventName" => Self::EventName,
            "eventSource" => Self::EventSource,
            "eventType" => Self::EventType,
            "errorCode" => Self::ErrorCode,
            "userIdentity.arn" => Self::UserArn,
            "resources.type" => Self::ResourceType,
            "resources.ARN" => Self::ResourceArn,
            "sessionCredentialFromConsole" => Self::ConsoleSession,
            "vpcEndpointId" => Self::VpcEndpoint,
            _ => return None,
        })
    }
}
