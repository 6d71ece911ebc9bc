use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use cairn_core::{Clock, Entropy, Seq};
use tokio::sync::watch;

use crate::archive::Archive;
use crate::defect::{Defect, Planted};
use crate::ids::Ids;
use crate::queue::Queue;
use crate::ring::Ring;
use crate::{LockGuard, Settings, Stats};

/// What a journal gets from its surroundings.
#[derive(Clone)]
pub struct Parts {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// What handles, readers, writer, preparer and merger have in common.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) parts: Parts,
    pub(crate) planted: Planted,
    pub(crate) queue: Queue,
    pub(crate) archive: Archive,
    pub(crate) ring: Ring,
    pub(crate) ids: Ids,
    pub(crate) durable: watch::Sender<Seq>,
    /// Written, perhaps not durable: what a reader must not see.
    pub(crate) written: AtomicU64,
    pub(crate) poisoned: AtomicBool,
    pub(crate) stats: Mutex<Stats>,
    pub(crate) chores: Chores,
    /// The directory is this process's for as long as anyone holds on to the journal.
    pub(crate) _lock: LockGuard,
}

impl Shared {
    /// The last record that readers may see.
    pub(crate) fn visible(&self) -> u64 {
        let durable = self.durable.borrow().0;
        if self.planted.has(Defect::ReaderAboveDurable) {
            return durable.max(self.written.load(Ordering::Acquire));
        }
        durable
    }
}

/// Tells the merger when there may be something to do.
#[derive(Default)]
pub(crate) struct Chores {
    pub(crate) state: Mutex<ChoreState>,
    pub(crate) changed: Condvar,
}

#[derive(Default)]
pub(crate) struct ChoreState {
    pub(crate) due: bool,
    pub(crate) stopped: bool,
}

impl Chores {
    pub(crate) fn wake(&self) {
        crate::lock(&self.state).due = true;
        self.changed.notify_all();
    }

    pub(crate) fn stop(&self) {
        crate::lock(&self.state).stopped = true;
        self.changed.notify_all();
    }
}
