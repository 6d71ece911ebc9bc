//! How much an account may have.

/// Settings; the defaults are AWS's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Trails that an account sees in one Region, shadows included.
    pub trails: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { trails: 5 }
    }
}
