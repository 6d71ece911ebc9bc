//! The categories that selectors tell apart.

use crate::{Category, Event};

/// A value of `eventCategory` that a selector may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Management,
    Data,
    NetworkActivity,
    Insight,
    ConfigurationItem,
    Evidence,
    ActivityAuditLog,
}

impl Class {
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Management" => Self::Management,
            "Data" => Self::Data,
            "NetworkActivity" => Self::NetworkActivity,
            "Insight" => Self::Insight,
            "ConfigurationItem" => Self::ConfigurationItem,
            "Evidence" => Self::Evidence,
            "ActivityAuditLog" => Self::ActivityAuditLog,
            _ => return None,
        })
    }

    /// The class of an event; `None` where its category is one that nobody can select.
    pub(super) fn of(event: &Event) -> Option<Self> {
        match event.category() {
            Category::Management => Some(Self::Management),
            Category::Data => Some(Self::Data),
            Category::NetworkActivity => Some(Self::NetworkActivity),
            Category::Insight => Some(Self::Insight),
            Category::ActivityAuditLog => Some(Self::ActivityAuditLog),
            Category::ConfigurationItem => Some(Self::ConfigurationItem),
            Category::Evidence => Some(Self::Evidence),
            Category::Other => None,
        }
    }

    /// Whether only event data stores have such events, and then no others.
    pub(super) fn stands_alone(self) -> bool {
        match self {
            Self::Management | Self::Data | Self::NetworkActivity => false,
            Self::Insight | Self::ConfigurationItem | Self::Evidence | Self::ActivityAuditLog => {
                true
            }
        }
    }
}

/// The folder of a bucket that log files with events of this category are put in; `None` for what
/// no trail delivers.
pub fn folder(category: Category) -> Option<&'static str> {
    match category {
        Category::Management | Category::Data => Some("CloudTrail"),
        Category::Insight => Some("CloudTrail-Insight"),
        Category::NetworkActivity => Some("CloudTrail-NetworkActivity"),
        Category::ActivityAuditLog
        | Category::ConfigurationItem
        | Category::Evidence
        | Category::Other => None,
    }
}
