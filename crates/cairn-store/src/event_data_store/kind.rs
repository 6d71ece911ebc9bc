//! The closed sets of an event data store.

/// Which columns the table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Schema {
    /// Management, data and network activity events.
    Events,
    Insights,
    ConfigurationItems,
    Evidence,
    /// Events from outside, by PutAuditEvents.
    Activity,
}

impl Schema {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Events => "Events",
            Self::Insights => "Insights",
            Self::ConfigurationItems => "ConfigurationItems",
            Self::Evidence => "Evidence",
            Self::Activity => "Activity",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "Events" => Self::Events,
            "Insights" => Self::Insights,
            "ConfigurationItems" => Self::ConfigurationItems,
            "Evidence" => Self::Evidence,
            "Activity" => Self::Activity,
            _ => return None,
        })
    }

    /// The schema that has the events of an `eventCategory`.
    pub fn of_category(category: &str) -> Option<Self> {
        Some(match category {
            "Management" | "Data" | "NetworkActivity" => Self::Events,
            "Insight" => Self::Insights,
            "ConfigurationItem" => Self::ConfigurationItems,
            "Evidence" => Self::Evidence,
            "ActivityAuditLog" => Self::Activity,
            _ => return None,
        })
    }
}

/// `BillingMode`: a field that is kept, and that bounds the retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Billing {
    Extendable,
    Fixed,
}

impl Billing {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extendable => "EXTENDABLE_RETENTION_PRICING",
            Self::Fixed => "FIXED_RETENTION_PRICING",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Extendable, Self::Fixed].into_iter().find(|mode| mode.as_str() == name)
    }
}

/// `EventDataStoreStatus`. Nobody writes it: it follows from what was asked for and from what of it
/// the lake has met, so it is right at every moment after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Created,
    Enabled,
    StartingIngestion,
    StoppingIngestion,
    StoppedIngestion,
    PendingDeletion,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Enabled => "ENABLED",
            Self::StartingIngestion => "STARTING_INGESTION",
            Self::StoppingIngestion => "STOPPING_INGESTION",
            Self::StoppedIngestion => "STOPPED_INGESTION",
            Self::PendingDeletion => "PENDING_DELETION",
        }
    }

    /// `unmet`: the operations whose change the lake has not met.
    pub(super) fn of(ingesting: bool, deleted: bool, unmet: &str) -> Self {
        let waits = |operation: &str| unmet.split(',').any(|reason| reason == operation);
        if deleted {
            return Self::PendingDeletion;
        }
        if waits("CreateEventDataStore") {
            return Self::Created;
        }
        match ingesting {
            true if waits("StartEventDataStoreIngestion") => Self::StartingIngestion,
            true => Self::Enabled,
            false if waits("StopEventDataStoreIngestion") => Self::StoppingIngestion,
            false => Self::StoppedIngestion,
        }
    }
}
