//! The newest places of many.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::place::Place;

/// Keeps the `wanted` newest of all places that are offered.
pub(crate) struct Newest {
    wanted: usize,
    kept: BinaryHeap<Reverse<Place>>,
}

impl Newest {
    pub(crate) fn new(wanted: usize) -> Self {
        Self { wanted, kept: BinaryHeap::with_capacity(wanted) }
    }

    /// Whether `place` would be kept now. Once false for a place, false for all older ones.
    pub(crate) fn admits(&self, place: Place) -> bool {
        self.kept.len() < self.wanted
            || self.kept.peek().is_some_and(|Reverse(oldest)| place > *oldest)
    }

    pub(crate) fn offer(&mut self, place: Place) {
        if !self.admits(place) {
            return;
        }
        if self.kept.len() == self.wanted {
            self.kept.pop();
        }
        self.kept.push(Reverse(place));
    }

    /// Newest first.
    pub(crate) fn into_places(self) -> Vec<Place> {
        let sorted = self.kept.into_sorted_vec();
        sorted.into_iter().map(|Reverse(place)| place).collect()
    }
}
