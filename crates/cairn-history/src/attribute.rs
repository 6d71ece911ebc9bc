//! What events are looked up by.

use cairn_event::Event;

/// A key of LookupEvents. Values are compared byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    EventId,
    EventName,
    ReadOnly,
    Username,
    ResourceType,
    ResourceName,
    EventSource,
    AccessKeyId,
}

impl Attribute {
    pub const ALL: [Attribute; 8] = [
        Self::EventId,
        Self::EventName,
        Self::ReadOnly,
        Self::Username,
        Self::ResourceType,
        Self::ResourceName,
        Self::EventSource,
        Self::AccessKeyId,
    ];

    /// As LookupEvents spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EventId => "EventId",
            Self::EventName => "EventName",
            Self::ReadOnly => "ReadOnly",
            Self::Username => "Username",
            Self::ResourceType => "ResourceType",
            Self::ResourceName => "ResourceName",
            Self::EventSource => "EventSource",
            Self::AccessKeyId => "AccessKeyId",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|attribute| attribute.name() == name)
    }

    /// Whether the event has this value; for resources, whether one of them has.
    pub fn holds(self, event: &Event, value: &str) -> bool {
        match self {
            Self::EventId => event.id() == value,
            Self::EventName => event.name() == value,
            Self::ReadOnly => event.read_only().is_some_and(|read| read_only_text(read) == value),
            Self::Username => event.username().is_some_and(|name| name == value),
            Self::ResourceType => {
                let has = |kind: Option<&str>| kind == Some(value);
                event.resources().iter().any(|resource| has(resource.kind.as_deref()))
            }
            Self::ResourceName => event.resources().iter().any(|resource| resource.name == value),
            Self::EventSource => event.source() == value,
            Self::AccessKeyId => event.access_key_id().is_some_and(|id| id == value),
        }
    }
}

/// `ReadOnly` is looked up as a text.
pub(crate) const fn read_only_text(read_only: bool) -> &'static str {
    if read_only { "true" } else { "false" }
}
