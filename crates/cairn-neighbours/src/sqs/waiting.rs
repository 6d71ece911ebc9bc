//! Calls that wait for a message.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// Calls that may wait at a time; another one is answered at once.
const WAITING: usize = 1_000;

/// The bells of the queues that somebody waits at.
#[derive(Debug)]
pub(crate) struct Bells {
    bells: Mutex<HashMap<i64, Weak<Notify>>>,
    places: Semaphore,
}

impl Default for Bells {
    fn default() -> Self {
        Self { bells: Mutex::default(), places: Semaphore::new(WAITING) }
    }
}

impl Bells {
    /// A place among those who wait; `None` where all are taken.
    pub(super) fn place(&self) -> Option<SemaphorePermit<'_>> {
        self.places.try_acquire().ok()
    }

    pub(super) fn of(&self, queue: i64) -> Arc<Notify> {
        let mut bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(&queue).and_then(Weak::upgrade) {
            return bell;
        }
        // As many bells live as there are places; the others are left behind by who has gone.
        if bells.len() > WAITING {
            bells.retain(|_, bell| bell.strong_count() > 0);
        }
        let bell = Arc::new(Notify::new());
        bells.insert(queue, Arc::downgrade(&bell));
        bell
    }

    /// There may be a message in the queue, now or at another time than before.
    pub(crate) fn ring(&self, queue: i64) {
        let bells = self.bells.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(&queue).and_then(Weak::upgrade) {
            bell.notify_waiters();
        }
    }
}
