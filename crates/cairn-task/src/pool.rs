//! Threads for work that would keep requests waiting.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use crate::fence::fence_thread;

/// Bytes of a thread's stack: planners go down into what they plan.
pub const STACK: usize = 8 << 20;

/// Threads of their own, for futures that compute: queries. They end when it is dropped. What
/// panics on them is lost, and the process goes on.
#[derive(Debug)]
pub struct Pool {
    /// Taken when it is dropped.
    runtime: Option<Runtime>,
}

impl Pool {
    /// # Errors
    /// Threads that cannot be started.
    pub fn new(name: &'static str, threads: usize) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(threads.max(1)).thread_name(name).enable_time();
        builder.thread_stack_size(STACK).on_thread_start(fence_thread);
        Ok(Self { runtime: Some(builder.build()?) })
    }

    /// Starts the work. It ends early, at its next pause, when the value that is given back is
    /// dropped.
    pub fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Job<T> {
        Job { task: self.handle().spawn(work) }
    }

    fn handle(&self) -> &Handle {
        self.runtime.as_ref().expect("it is taken only when dropped").handle()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not wait for its threads inside another one.
            runtime.shutdown_background();
        }
    }
}

/// Work that runs on a [`Pool`].
#[derive(Debug)]
pub struct Job<T> {
    task: JoinHandle<T>,
}

impl<T> Job<T> {
    /// What came of it; `None` if it was ended early or panicked.
    pub async fn done(mut self) -> Option<T> {
        match (&mut self.task).await {
            Ok(value) => Some(value),
            Err(error) if error.is_panic() => {
                tracing::error!(%error, "work on a pool panicked");
                None
            }
            Err(_) => None,
        }
    }

    /// Whether it came to an end, whichever.
    pub fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    /// Ends the work early, at its next pause.
    pub fn stop(&self) {
        self.task.abort();
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn work_is_done_on_other_threads() {
        let pool = Pool::new("pool-test", 1).unwrap();
        let here = std::thread::current().id();
        let there = pool.run(async { std::thread::current().id() }).done().await;
        assert!(there.is_some_and(|there| there != here));
    }

    #[tokio::test]
    async fn a_job_is_stopped_and_a_panic_stays_where_it_is() {
        let pool = Pool::new("pool-test", 1).unwrap();
        let job = pool.run(async {
            tokio::time::sleep(Duration::from_hours(1)).await;
        });
        job.stop();
        assert_eq!(job.done().await, None);
        assert_eq!(pool.run(async { panic!("planted") }).done().await, None::<()>);
        assert_eq!(pool.run(async { 7 }).done().await, Some(7));
    }
}
