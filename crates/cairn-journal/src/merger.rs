use std::sync::{Arc, PoisonError};

use crate::shared::{ChoreState, Shared};
use crate::{ReadError, lock};

/// Writes the ids of sealed segments to run files and merges those.
pub struct Merger {
    shared: Arc<Shared>,
}

impl Merger {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        shared.chores.wake();
        Self { shared }
    }

    /// Works until the journal stops. Blocking. An error leaves the ids in memory, where they
    /// answer as well; it is logged, and tried again when the next segment is sealed.
    pub fn run(mut self) {
        while self.wait() {
            loop {
                match self.step() {
                    Ok(true) if !self.stopped() => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(%error, "the id runs could not be kept");
                        break;
                    }
                }
            }
        }
    }

    /// Does one piece of work; false when there is nothing to do.
    pub fn step(&mut self) -> Result<bool, ReadError> {
        self.shared.ids.maintain(&self.shared.archive)
    }

    fn stopped(&self) -> bool {
        lock(&self.shared.chores.state).stopped
    }

    fn wait(&self) -> bool {
        let chores = &self.shared.chores;
        let nothing = |state: &mut ChoreState| !state.due && !state.stopped;
        let state = chores.changed.wait_while(lock(&chores.state), nothing);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.due = false;
        !state.stopped
    }
}
