//! How long an import waits for a source that does not answer.

use std::collections::HashMap;
use std::time::Duration;

use cairn_task::Backoff;

/// Failures in a row after which an import ends: about four minutes.
const FAILURES: u64 = 14;
const PAUSES: Backoff = Backoff { first: Duration::from_millis(250), cap: Duration::from_secs(30) };

/// Imports whose source did not answer, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Patience(HashMap<i64, (u64, Duration)>);

impl Patience {
    pub(super) fn is_due(&self, import: i64, now: Duration) -> bool {
        self.0.get(&import).is_none_or(|(_, until)| *until <= now)
    }

    /// Whether to try it again.
    pub(super) fn failed(&mut self, import: i64, now: Duration) -> bool {
        let (failures, until) = self.0.entry(import).or_default();
        *failures += 1;
        *until = now + PAUSES.pause(*failures);
        *failures < FAILURES
    }

    pub(super) fn worked(&mut self, import: i64) {
        self.0.remove(&import);
    }

    /// Lets go of what does not run any more.
    pub(super) fn retain(&mut self, keep: impl Fn(i64) -> bool) {
        self.0.retain(|import, _| keep(*import));
    }
}
