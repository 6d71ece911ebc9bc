//! The one clock of delivery: names and periods never go back, whatever the wall clock does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cairn_core::{Clock, Timestamp};
use cairn_proof::SteadyClock;

/// How long a wall clock that jumped ahead has to stay there before it is believed: a machine that
/// slept is right, a clock that was set wrong is mostly set back soon.
const SETTLED: Duration = Duration::from_mins(2);

#[derive(Clone)]
pub(crate) struct Time {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

struct State {
    steady: SteadyClock,
    /// Since when the wall clock is not followed.
    astray: Option<Duration>,
}

impl Time {
    /// `high` is the latest instant that anything stored was named with.
    pub(crate) fn start(clock: Arc<dyn Clock>, high: Timestamp) -> Self {
        let steady = SteadyClock::start(high, clock.now(), clock.elapsed());
        Self { clock, state: Arc::new(Mutex::new(State { steady, astray: None })) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let (wall, elapsed) = (self.clock.now(), self.clock.elapsed());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut now = state.steady.read(wall, elapsed);
        if !state.steady.astray() {
            state.astray = None;
            return now;
        }
        let since = *state.astray.get_or_insert_with(|| {
            tracing::error!(%wall, %now, "the wall clock jumped; delivery keeps its own time");
            elapsed
        });
        if wall > now && elapsed.saturating_sub(since) >= SETTLED {
            tracing::warn!(%wall, %now, "the wall clock stays ahead; delivery follows it");
            state.steady.confirm(wall, elapsed);
            state.astray = None;
            now = state.steady.read(wall, elapsed);
        }
        now
    }

    /// Follows the wall clock at once: somebody says that it is right.
    pub(crate) fn confirm(&self) {
        let (wall, elapsed) = (self.clock.now(), self.clock.elapsed());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.steady.confirm(wall, elapsed);
        state.astray = None;
    }

    /// For durations.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }
}
