//! How a worker is run.

use std::borrow::Cow;
use std::time::Duration;

/// How a worker is run: declared beside it, read by the supervisor.
#[derive(Debug, Clone)]
pub struct WorkerSpec {
    /// Unique among the workers that run; shown in the list and in logs.
    pub name: Cow<'static, str>,
    /// The longest rest between two ticks, however quiet it is.
    pub cadence: Duration,
    pub on_error: OnError,
    pub on_stop: OnStop,
}

/// What a failed tick means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnError {
    /// Count it, show it, try again after a pause.
    Retry { backoff: Backoff },
    /// Nothing may go on without this worker.
    StopServer,
}

/// What the failure of something that runs only once means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// Log it and show it in the list.
    Report,
    /// Nothing may go on without it.
    StopServer,
}

/// What a stop means for a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnStop {
    /// Tick until there is nothing more to do.
    Finish,
    /// End after the tick that runs.
    Abandon,
}

/// Pauses that double from `first` up to `cap`. Without jitter: one server has one of each worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub first: Duration,
    pub cap: Duration,
}

impl Backoff {
    /// The pause after the given number of failures in a row, which is at least 1.
    pub fn pause(&self, failures: u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31) as u32;
        self.first.saturating_mul(1 << doublings).min(self.cap)
    }
}

/// 100 ms, doubling up to 30 s.
impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(100), cap: Duration::from_secs(30) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap() {
        let backoff = Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(5) };
        let pauses: Vec<u64> = (1..=5).map(|n| backoff.pause(n).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 5, 5]);
        assert_eq!(backoff.pause(u64::MAX), backoff.cap);
    }
}
