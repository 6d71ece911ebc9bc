//! Short work beside the caller's own.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinError;

/// The system's priority of background work: 0 is what others have, 19 the least.
const PRIORITY: i32 = 10;

/// Runs `work` on a thread that may block, such as a read of a cold file. A panic goes on in the
/// caller. Work of unbounded length belongs on a thread of its own.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that spawns")]
pub async fn blocking<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => {
            tracing::error!(name, %error, "blocking work ended early");
            end_with(error).await
        }
    }
}

/// Runs `work` on a thread of its own, which gives way to all others: for work that nobody waits
/// for. A panic goes on in the caller. Where the system has no thread to give, it is `blocking`.
pub async fn background<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let work = Arc::new(Mutex::new(Some(work)));
    let (done, result) = tokio::sync::oneshot::channel();
    let given = Arc::clone(&work);
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        give_way(name);
        let work = given.lock().unwrap_or_else(PoisonError::into_inner).take();
        let run = work.map(|work| std::panic::catch_unwind(AssertUnwindSafe(work)));
        let _ = done.send(run);
    });
    if spawned.is_err() {
        let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(work) = work {
            return blocking(name, work).await;
        }
    }
    match result.await {
        Ok(Some(Ok(value))) => value,
        Ok(Some(Err(panic))) => std::panic::resume_unwind(panic),
        Ok(None) | Err(_) => std::future::pending().await,
    }
}

/// On Linux threads have priorities of their own; elsewhere the process would be meant.
fn give_way(name: &'static str) {
    if cfg!(target_os = "linux") {
        let now = rustix::process::getpriority_process(None).unwrap_or(0);
        if let Err(error) = rustix::process::setpriority_process(None, now.max(PRIORITY)) {
            tracing::debug!(name, %error, "background work does not give way");
        }
    }
}

/// Runs `work` to its end even if the caller is dropped on the way, as a request's handler is when
/// its client hangs up. For steps that must not part: commit, then publish.
#[expect(clippy::disallowed_methods, reason = "this crate is the one that spawns")]
pub async fn uninterrupted<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(value) => value,
        Err(error) => end_with(error).await,
    }
}

/// The caller's end is that of its work: a panic, or a runtime that is going away.
async fn end_with<T>(error: JoinError) -> T {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn background_work_runs_on_a_thread_that_gives_way() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let (here, there) = (priority(), background("calm", priority).await);
        assert!(there >= PRIORITY && there >= here, "{here} here, {there} there");
        assert_eq!(priority(), here);
    }

    #[tokio::test]
    #[should_panic(expected = "torn")]
    async fn a_panic_of_background_work_goes_on_in_the_caller() {
        background("calm", || panic!("torn")).await;
    }
}
