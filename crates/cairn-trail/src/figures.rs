//! How delivery goes, for those who watch it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use cairn_core::Timestamp;

/// A reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Files on their way.
    pub waiting: u64,
    /// The end of the oldest one's window.
    pub oldest: Option<Timestamp>,
    /// Files that arrived, since the start.
    pub delivered: u64,
    /// Attempts that a bucket refused or did not answer, since the start.
    pub failed: u64,
    /// Keys of files that something else had, since the start.
    pub taken: u64,
}

#[derive(Default)]
pub(crate) struct Counters {
    waiting: AtomicU64,
    /// Milliseconds; 0 for none.
    oldest: AtomicI64,
    pub(crate) delivered: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) taken: AtomicU64,
}

impl Counters {
    pub(crate) fn wait(&self, files: u64, oldest: Option<Timestamp>) {
        self.waiting.store(files, Ordering::Relaxed);
        self.oldest.store(oldest.map_or(0, Timestamp::millis), Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Figures {
        let oldest = self.oldest.load(Ordering::Relaxed);
        Figures {
            waiting: self.waiting.load(Ordering::Relaxed),
            oldest: (oldest != 0).then(|| Timestamp::from_millis(oldest)),
            delivered: self.delivered.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            taken: self.taken.load(Ordering::Relaxed),
        }
    }
}
