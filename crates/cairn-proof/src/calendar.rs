//! When digests are due, and a clock that can be trusted to go forward.

#[cfg(test)]
mod tests;

use std::time::Duration;

use cairn_core::Timestamp;

/// The time that one digest stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// Periods of one chain: each starts where the one before ended, whatever the clock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// Seconds.
    phase: i64,
    period: i64,
    end: Timestamp,
}

impl Calendar {
    /// `chain_end` is where the last period ended, or where the chain starts. Periods end at
    /// instants that are `phase` after a multiple of `period`; both are whole seconds.
    pub fn new(phase: Duration, period: Duration, chain_end: Timestamp) -> Self {
        let period = (period.as_secs() as i64).max(1);
        let phase = (phase.as_secs() as i64) % period;
        Self { phase, period, end: whole(chain_end) }
    }

    /// Where the last period ended.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// When the next period ends.
    pub fn next(&self) -> Timestamp {
        let steps = (self.end.seconds() - self.phase).div_euclid(self.period) + 1;
        Timestamp::from_seconds(steps * self.period + self.phase)
    }

    /// The next period, if it has ended by `now`. To be asked until it has none: after a pause
    /// several may be due.
    pub fn take(&mut self, now: Timestamp) -> Option<Period> {
        let end = self.next();
        (end <= now).then(|| self.until(end))
    }

    /// The last period of a chain that ends `now`. At least a second long, so that no two digests
    /// have the same key.
    pub fn take_last(&mut self, now: Timestamp) -> Period {
        let least = self.end.saturating_add(Duration::from_secs(1));
        self.until(whole(now).max(least))
    }

    fn until(&mut self, end: Timestamp) -> Period {
        let period = Period { start: self.end, end };
        self.end = end;
        period
    }
}

/// A wall clock that never goes back, and that does not follow a jump of more than
/// [`SteadyClock::MOST_JUMP`] in either direction until somebody says that the jump was right.
#[derive(Debug, Clone, Copy)]
pub struct SteadyClock {
    high: Timestamp,
    wall: Timestamp,
    elapsed: Duration,
    astray: bool,
}

impl SteadyClock {
    pub const MOST_JUMP: Duration = Duration::from_mins(5);

    /// `high` is the last instant that was ever given out, as it was kept.
    pub fn start(high: Timestamp, wall: Timestamp, elapsed: Duration) -> Self {
        let now = high.max(wall);
        Self { high: now, wall: now, elapsed, astray: false }
    }

    /// What time it is, from a reading of both clocks.
    pub fn read(&mut self, wall: Timestamp, elapsed: Duration) -> Timestamp {
        let passed = elapsed.saturating_sub(self.elapsed);
        let expected = self.wall.saturating_add(passed);
        let (ahead, behind) = (wall.since(expected), expected.since(wall));
        self.astray = ahead.max(behind) > Self::MOST_JUMP;
        self.wall = if self.astray { expected } else { wall };
        self.elapsed = elapsed;
        self.high = self.high.max(self.wall);
        self.high
    }

    /// Whether the wall clock is not followed at present.
    pub fn astray(&self) -> bool {
        self.astray
    }

    /// Follows the wall clock from here on; what was given out stays the least.
    pub fn confirm(&mut self, wall: Timestamp, elapsed: Duration) {
        (self.wall, self.elapsed, self.astray) = (wall, elapsed, false);
        self.high = self.high.max(wall);
    }
}

fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_seconds(time.seconds())
}
