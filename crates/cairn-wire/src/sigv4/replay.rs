//! Signatures seen lately.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cairn_core::Timestamp;

/// Whether a signature was seen within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    Fresh,
    Seen,
}

/// Remembers verified signatures, so that a captured request works once.
///
/// For calls that change something: a client that asks the same question twice within a second
/// signs it identically, and both are honest. Only verified signatures belong in here, so nobody
/// without a key can fill it.
///
/// Two generations are kept. The younger takes what comes; when it is as old as the window or as
/// large as `capacity`, it becomes the older and the older is forgotten. So a signature is known
/// for at least the window, unless more than `capacity` calls were made in less time, and at most
/// 2 × `capacity` entries of 32 bytes are held (about 80 bytes each with the table's slack).
#[derive(Debug)]
pub struct ReplayGuard {
    window: Duration,
    capacity: usize,
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    young: HashSet<[u8; 32]>,
    old: HashSet<[u8; 32]>,
    began: Timestamp,
}

impl ReplayGuard {
    /// `window` is [`super::Skew::window`]; `capacity` at least 1.
    pub fn new(window: Duration, capacity: usize) -> Self {
        Self { window, capacity: capacity.max(1), generations: Mutex::default() }
    }

    /// Answers and remembers.
    pub fn check(&self, signature: &[u8; 32], now: Timestamp) -> Freshness {
        let mut held = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if held.young.len() >= self.capacity || now.since(held.began) > self.window {
            held.turn(now);
        }
        if held.old.contains(signature) || !held.young.insert(*signature) {
            return Freshness::Seen;
        }
        Freshness::Fresh
    }
}

impl Generations {
    fn turn(&mut self, now: Timestamp) {
        self.old = std::mem::take(&mut self.young);
        self.began = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + seconds)
    }

    #[test]
    fn a_signature_is_known_for_the_window_and_forgotten_later() {
        let guard = ReplayGuard::new(Duration::from_mins(10), 100);
        assert_eq!(guard.check(&[1; 32], at(0)), Freshness::Fresh);
        assert_eq!(guard.check(&[1; 32], at(0)), Freshness::Seen);
        assert_eq!(guard.check(&[1; 32], at(600)), Freshness::Seen);
        assert_eq!(guard.check(&[2; 32], at(601)), Freshness::Fresh);
        assert_eq!(guard.check(&[1; 32], at(601)), Freshness::Seen);
        assert_eq!(guard.check(&[3; 32], at(1202)), Freshness::Fresh);
        assert_eq!(guard.check(&[2; 32], at(1202)), Freshness::Seen);
        assert_eq!(guard.check(&[1; 32], at(1202)), Freshness::Fresh);
    }

    #[test]
    fn memory_is_bounded() {
        let guard = ReplayGuard::new(Duration::from_mins(10), 10);
        for byte in 0..=255 {
            guard.check(&[byte; 32], at(0));
        }
        let held = guard.generations.lock().unwrap();
        assert!(held.young.len() + held.old.len() <= 20);
        assert!(held.young.contains(&[255; 32]));
    }
}
