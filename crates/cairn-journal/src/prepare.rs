use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::segment::new_name;
use crate::{Disk, DiskFile, lock};

/// Where the writer asks for the next segment file and finds it.
pub(crate) struct Bench {
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    /// Nobody prepares; the writer makes files itself.
    Alone,
    Idle,
    Wanted(Plan),
    Making,
    Ready(Plan, Box<dyn DiskFile>),
    Stopped,
}

/// The file of zeros that a segment is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) segment: u64,
    pub(crate) size: u64,
}

impl Bench {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, state: Mutex::new(State::Alone), changed: Condvar::new() }
    }

    /// Asks for a file ahead of need.
    pub(crate) fn want(&self, plan: Plan) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Idle) {
            *state = State::Wanted(plan);
            self.changed.notify_all();
        }
    }

    /// A file of at least the planned size: the prepared one if there is one, else made now.
    pub(crate) fn take(&self, plan: Plan) -> io::Result<Box<dyn DiskFile>> {
        let state = lock(&self.state);
        let making = |state: &mut State| matches!(state, State::Making);
        let mut state =
            self.changed.wait_while(state, making).unwrap_or_else(PoisonError::into_inner);
        let next = match &*state {
            State::Alone => State::Alone,
            State::Stopped => State::Stopped,
            _ => State::Idle,
        };
        if let State::Ready(ready, file) = std::mem::replace(&mut *state, next)
            && ready.segment == plan.segment
            && ready.size >= plan.size
        {
            return Ok(file);
        }
        drop(state);
        make(&*self.disk, plan)
    }

    /// Whether a file for this plan waits: it needs no more space.
    pub(crate) fn has(&self, plan: Plan) -> bool {
        match &*lock(&self.state) {
            State::Ready(ready, _) => ready.segment == plan.segment && ready.size >= plan.size,
            _ => false,
        }
    }

    pub(crate) fn stop(&self) {
        *lock(&self.state) = State::Stopped;
        self.changed.notify_all();
    }
}

/// Makes the next segment file ahead of need, so that the writer does not wait for zeros to be
/// written. On a thread of its own; without one the writer makes the files when it needs them.
pub struct Preparer {
    bench: Arc<Bench>,
}

impl Preparer {
    pub(crate) fn new(bench: Arc<Bench>, first: Plan) -> Self {
        let mut state = lock(&bench.state);
        if !matches!(*state, State::Stopped) {
            *state = State::Wanted(first);
        }
        drop(state);
        Self { bench }
    }

    /// Works until the journal stops. Blocking.
    pub fn run(self) {
        while let Some(plan) = self.next() {
            let made = make(&*self.bench.disk, plan);
            let mut state = lock(&self.bench.state);
            if matches!(*state, State::Making) {
                *state = match made {
                    Ok(file) => State::Ready(plan, file),
                    Err(error) => {
                        // The writer will try itself and find out what it means.
                        tracing::warn!(segment = plan.segment, %error, "no segment file ahead");
                        State::Idle
                    }
                };
            }
            drop(state);
            self.bench.changed.notify_all();
        }
    }

    fn next(&self) -> Option<Plan> {
        let state = lock(&self.bench.state);
        let idle = |state: &mut State| !matches!(state, State::Wanted(_) | State::Stopped);
        let mut state =
            self.bench.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        let State::Wanted(plan) = *state else { return None };
        *state = State::Making;
        Some(plan)
    }
}

impl Drop for Preparer {
    /// Also when its thread ends by a panic: the writer must not wait for it.
    fn drop(&mut self) {
        let mut state = lock(&self.bench.state);
        if !matches!(*state, State::Stopped) {
            *state = State::Alone;
        }
        drop(state);
        self.bench.changed.notify_all();
    }
}

fn make(disk: &dyn Disk, plan: Plan) -> io::Result<Box<dyn DiskFile>> {
    let name = new_name(plan.segment);
    match disk.create(&name, plan.size) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            disk.remove(&name)?;
            disk.create(&name, plan.size)
        }
        other => other,
    }
}
