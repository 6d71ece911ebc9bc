//! How much an account may have.

use cairn_event::selector;

/// Settings; the defaults are AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Trails that an account sees in one Region, shadows included.
    pub trails: usize,
    /// Event data stores that an account sees in one Region, shadows and those that wait for their
    /// end included.
    pub event_data_stores: usize,
    /// Channels of an account in one Region.
    pub channels: usize,
    /// Event selectors of one trail, or of one event data store.
    pub selectors: selector::Quotas,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            trails: 5,
            event_data_stores: 10,
            channels: 25,
            selectors: selector::Quotas::default(),
        }
    }
}
