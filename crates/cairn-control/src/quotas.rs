//! How much an account may have.

use cairn_event::selector;

/// Settings; the defaults are AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Trails that an account sees in one Region, shadows included.
    pub trails: usize,
    /// Event selectors of one trail.
    pub selectors: selector::Quotas,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { trails: 5, selectors: selector::Quotas::default() }
    }
}
