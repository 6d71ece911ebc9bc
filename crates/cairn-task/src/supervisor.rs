//! Runs everything that runs.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cairn_core::Clock;
use tokio::time::Instant;

use crate::catch::{catch, catch_call};
use crate::group::Group;
use crate::run::Run;
use crate::status::{Slot, State};
use crate::{OnFailure, Stop, StopReason, Worker, WorkerError, WorkerSpec, WorkerStatus};

/// Runs workers, tasks, threads and connections, and ends them in that order from the doors down.
/// A clone is the same supervisor. Everything but threads needs a tokio runtime around the call.
#[derive(Clone)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

/// What the deadline of a stop found still running.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("still running at the deadline: {connections} connections; {}", names.join(", "))]
pub struct StillRunning {
    pub connections: usize,
    /// Tasks, workers and threads.
    pub names: Vec<String>,
}

impl Supervisor {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let inner = Inner {
            clock,
            stop: Stop::new(),
            quit: Stop::new(),
            slots: Mutex::default(),
            connections: Group::new(),
            tasks: Group::new(),
            workers: Group::new(),
            threads: Group::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The token that listeners, connections and tasks watch, and that a signal triggers.
    pub fn stop(&self) -> Stop {
        self.inner.stop.clone()
    }

    pub fn spawn_worker(&self, spec: WorkerSpec, worker: impl Worker) {
        let inner = &self.inner;
        let member = inner.workers.join();
        let run = Run {
            worker,
            slot: inner.slot(&spec.name, State::Idle),
            spec,
            clock: inner.clock.clone(),
            quit: inner.quit.clone(),
            stop: inner.stop.clone(),
        };
        spawn(async move {
            run.run().await;
            drop(member);
        });
    }

    /// A long-lived task that ends by itself when [`Supervisor::stop`] is triggered: a listener.
    pub fn spawn_task(
        &self,
        name: &str,
        on_failure: OnFailure,
        task: impl Future<Output = Result<(), WorkerError>> + Send + 'static,
    ) {
        let member = self.inner.tasks.join();
        let slot = self.inner.slot(name, State::Busy);
        slot.began(self.inner.clock.now());
        let stop = self.stop();
        spawn(async move {
            ended(catch(task).await, &slot, on_failure, &stop);
            drop(member);
        });
    }

    /// A thread of its own, for work that blocks for as long as the server lives. It ends when its
    /// owner tells it to, between [`Supervisor::drain`] and [`Supervisor::stop_and_join`].
    pub fn spawn_thread(
        &self,
        name: &str,
        on_failure: OnFailure,
        body: impl FnOnce() -> Result<(), WorkerError> + Send + 'static,
    ) -> Result<(), WorkerError> {
        let member = self.inner.threads.join();
        let slot = self.inner.slot(name, State::Busy);
        slot.began(self.inner.clock.now());
        let stop = self.stop();
        let running = slot.clone();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            ended(catch_call(body), &running, on_failure, &stop);
            drop(member);
        });
        thread.map(drop).map_err(|error| {
            let error = WorkerError::caused(format!("failed to start the thread {name}"), error);
            slot.failed(&error);
            slot.enter(State::Failed);
            error
        })
    }

    /// One of many short tasks without a name: a connection. It is only counted.
    pub fn track(&self, task: impl Future<Output = ()> + Send + 'static) {
        let member = self.inner.connections.join();
        spawn(async move {
            task.await;
            drop(member);
        });
    }

    /// How many tracked tasks run.
    pub fn tracked(&self) -> usize {
        self.inner.connections.running()
    }

    /// Everything that was spawned by name, in that order.
    pub fn list(&self) -> Vec<WorkerStatus> {
        self.inner.slots().iter().map(|slot| slot.get()).collect()
    }

    /// Triggers the stop if nobody has; waits for connections and tasks, then tells the workers and
    /// waits for them. All together take `deadline` at most. Threads go on.
    pub async fn drain(&self, deadline: Duration) {
        let inner = &self.inner;
        let until = Instant::now() + deadline;
        let reason = StopReason::Requested("asked to stop".to_owned());
        inner.stop.stop(reason.clone());
        inner.connections.drained(until - Instant::now()).await;
        inner.tasks.drained(until - Instant::now()).await;
        inner.quit.stop(inner.stop.reason().unwrap_or(reason));
        inner.workers.drained(until - Instant::now()).await;
    }

    /// Drains, then waits for the threads, all within `deadline`. What still runs is left to the
    /// end of the process.
    pub async fn stop_and_join(&self, deadline: Duration) -> Result<(), StillRunning> {
        let until = Instant::now() + deadline;
        self.drain(deadline).await;
        self.inner.threads.drained(until - Instant::now()).await;
        let connections = self.tracked();
        let mut names = Vec::new();
        for slot in self.inner.slots().iter() {
            if !slot.has_ended() {
                names.push(slot.name());
            }
        }
        if connections == 0 && names.is_empty() {
            return Ok(());
        }
        Err(StillRunning { connections, names })
    }
}

impl fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supervisor").field("workers", &self.list()).finish_non_exhaustive()
    }
}

struct Inner {
    clock: Arc<dyn Clock>,
    stop: Stop,
    /// Tells the workers, after the doors are shut.
    quit: Stop,
    slots: Mutex<Vec<Arc<Slot>>>,
    connections: Group,
    tasks: Group,
    workers: Group,
    threads: Group,
}

impl Inner {
    /// A new status; it takes the place of an ended one with the same name.
    fn slot(&self, name: &str, state: State) -> Arc<Slot> {
        let slot = Arc::new(Slot::new(name.to_owned(), state));
        let mut slots = self.slots();
        slots.retain(|other| !(other.has_ended() && other.name() == name));
        slots.push(slot.clone());
        slot
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "this crate is the one that spawns")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

fn ended(result: Result<(), WorkerError>, slot: &Slot, on_failure: OnFailure, stop: &Stop) {
    let Err(error) = result else {
        slot.enter(State::Done);
        return;
    };
    slot.failed(&error);
    slot.enter(State::Failed);
    if on_failure == OnFailure::StopServer {
        stop.stop(StopReason::Failed { worker: slot.name(), error: error.chain() });
    }
}

#[cfg(test)]
mod tests;
