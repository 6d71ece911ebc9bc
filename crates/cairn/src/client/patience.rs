//! How often to ask again, and after how long.

use std::time::Duration;

/// The first pause; each further one is twice as long, up to `CEILING`.
const FIRST: Duration = Duration::from_millis(100);
const CEILING: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Attempts after the first.
    pub(crate) retries: u32,
}

impl Patience {
    /// Someone waits at a prompt: under a second in all.
    pub(crate) const SHORT: Patience = Patience { retries: 3 };
    /// A long run should outlive a restart of the server: about half a minute.
    pub(crate) const LONG: Patience = Patience { retries: 10 };
}

/// The pause after failed attempt number `attempt`, counted from 0: between half of the nominal
/// pause and all of it, as `dice` says, so that clients do not come back all at once.
pub(crate) fn pause(attempt: u32, dice: u8) -> Duration {
    let nominal = FIRST.saturating_mul(1 << attempt.min(16)).min(CEILING);
    nominal / 2 + nominal / 2 * u32::from(dice) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_ceiling() {
        let full = |attempt| pause(attempt, 255);
        assert_eq!(full(0), Duration::from_millis(100));
        assert_eq!(full(3), Duration::from_millis(800));
        assert_eq!(full(9), CEILING);
        assert_eq!(pause(1, 0), Duration::from_millis(100));
        let all: Duration = (0..Patience::LONG.retries).map(full).sum();
        assert!(all > Duration::from_secs(20) && all < Duration::from_mins(1), "{all:?}");
    }
}
