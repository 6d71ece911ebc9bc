//! The order of event history.

use cairn_core::{Seq, Timestamp};

/// Where a record stands in event history, which is sorted by event time and then by place in the
/// journal, newest first. Event time counts in whole seconds, as records show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    pub time: Timestamp,
    pub seq: Seq,
}

/// A [`Position`] as the index keeps it. A greater place is a newer record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Seconds since the epoch.
    pub(crate) time: i64,
    pub(crate) seq: u64,
}

impl Place {
    pub(crate) const OLDEST: Place = Place { time: i64::MIN, seq: 0 };
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        Self { time: position.time.seconds(), seq: position.seq.0 }
    }
}

impl From<Place> for Position {
    fn from(place: Place) -> Self {
        Self { time: Timestamp::from_seconds(place.time), seq: Seq(place.seq) }
    }
}

/// What a lookup may return: places from `since` (a second, inclusive) up to `before` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: i64,
    pub(crate) before: Place,
}

impl Window {
    pub(crate) fn holds(&self, place: Place) -> bool {
        place.time >= self.since && place < self.before
    }
}
