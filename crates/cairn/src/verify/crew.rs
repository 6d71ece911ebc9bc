//! Runs jobs that do not depend on each other on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use cairn_core::SystemClock;
use cairn_proof::verify::Source;
use cairn_task::{OnFailure, Supervisor};

use super::VerifyError;
use crate::failure::Failure;

/// As many connections as hide the time that a store takes to answer: a store that answers after
/// 20 ms then gives 1,600 files a second. Each thread holds one file.
const MOST: usize = 32;

/// How many threads, and what each of them reads from.
pub(crate) struct Crew<'a> {
    threads: usize,
    source: &'a dyn Fn() -> Result<Box<dyn Source + Send>, Failure>,
}

impl<'a> Crew<'a> {
    /// `beside` threads more than there are cores: those who wait for a network do not use one.
    pub(crate) fn new(
        beside: usize,
        source: &'a dyn Fn() -> Result<Box<dyn Source + Send>, Failure>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads: (cores + beside).min(MOST.max(cores)), source }
    }

    /// One more of what the threads read from.
    pub(crate) fn source(&self) -> Result<Box<dyn Source + Send>, Failure> {
        (self.source)()
    }

    /// Runs `each` for every number below `count`; results are in order.
    pub(crate) fn run<S: Send + Sync + 'static, T: Send + 'static>(
        &self,
        shared: &Arc<S>,
        count: usize,
        each: fn(&S, usize, &dyn Source) -> T,
    ) -> Result<Vec<T>, Failure> {
        let next = Arc::new(AtomicUsize::new(0));
        let (sender, receiver) = mpsc::channel();
        let supervisor = Supervisor::new(Arc::new(SystemClock::default()));
        for _ in 0..self.threads.min(count) {
            let (shared, next, sender) = (shared.clone(), next.clone(), sender.clone());
            let source = self.source()?;
            let work = move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count || sender.send((at, each(&shared, at, &*source))).is_err() {
                        // The last to let go of it must be whoever asked.
                        drop(shared);
                        return Ok(());
                    }
                }
            };
            supervisor
                .spawn_thread("verify", OnFailure::Report, work)
                .map_err(VerifyError::Thread)?;
        }
        drop(sender);
        let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
        for (at, result) in receiver {
            results[at] = Some(result);
        }
        results.into_iter().collect::<Option<Vec<T>>>().ok_or(Failure::Interrupted)
    }
}
