//! A count of what runs, and a way to wait until nothing does.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// What is stopped together.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    running: watch::Sender<usize>,
}

/// One member: leaves the group when dropped, also when its task is dropped or panics.
#[derive(Debug)]
pub(crate) struct Member {
    running: watch::Sender<usize>,
}

impl Group {
    pub(crate) fn new() -> Self {
        Self { running: watch::Sender::new(0) }
    }

    pub(crate) fn join(&self) -> Member {
        self.running.send_modify(|running| *running += 1);
        Member { running: self.running.clone() }
    }

    pub(crate) fn running(&self) -> usize {
        *self.running.borrow()
    }

    /// Returns when the group is empty, or after `deadline`.
    pub(crate) async fn drained(&self, deadline: Duration) {
        let mut running = self.running.subscribe();
        // What is left after the deadline is counted by the caller.
        let _ = timeout(deadline, running.wait_for(|running| *running == 0)).await;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.running.send_modify(|running| *running -= 1);
    }
}
