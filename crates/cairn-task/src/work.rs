//! Short work beside the caller's own.

use tokio::task::JoinError;

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
