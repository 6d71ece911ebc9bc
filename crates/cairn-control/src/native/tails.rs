//! Which tails are under way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Callers remembered; when there are more, all are forgotten, and their next calls are recorded.
const CALLERS: usize = 10_000;
/// Cursors remembered for each caller: as many tails can be under way.
const CURSORS: usize = 32;

/// Remembers the cursors that were handed out, to tell the next call of a recorded tail from one
/// that starts at a place of its own: only the latter is a record of its own, else every live tail
/// would feed itself.
#[derive(Debug, Default)]
pub struct Tails(Mutex<HashMap<String, Vec<u64>>>);

impl Tails {
    /// Whether `after` was handed out to the caller; it counts once.
    pub(super) fn continues(&self, caller: &str, after: u64) -> bool {
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cursors) = callers.get_mut(caller) else { return false };
        let found = cursors.iter().position(|cursor| *cursor == after);
        found.map(|index| cursors.swap_remove(index)).is_some()
    }

    pub(super) fn hand_out(&self, caller: &str, cursor: u64) {
        let mut callers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if callers.len() >= CALLERS && !callers.contains_key(caller) {
            callers.clear();
        }
        let cursors = callers.entry(caller.to_owned()).or_default();
        if cursors.len() >= CURSORS {
            cursors.remove(0);
        }
        cursors.push(cursor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_continues_once_and_for_its_caller_only() {
        let tails = Tails::default();
        assert!(!tails.continues("alice", 0));
        tails.hand_out("alice", 7);
        assert!(!tails.continues("bob", 7) && !tails.continues("alice", 8));
        assert!(tails.continues("alice", 7) && !tails.continues("alice", 7));
        for cursor in 0..100 {
            tails.hand_out("alice", cursor);
        }
        assert!(!tails.continues("alice", 0) && tails.continues("alice", 99));
    }
}
