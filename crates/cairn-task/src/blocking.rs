//! Short work that blocks its thread.

/// Runs `work` on a thread that may block, such as a read of a cold file. A panic goes on in the
/// caller. Work of unbounded length belongs on a thread of its own.
#[expect(
    clippy::disallowed_methods,
    reason = "this crate is the one that spawns"
)]
pub async fn blocking<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => {
                tracing::error!(name, "blocking work panicked");
                std::panic::resume_unwind(panic)
            }
            // Only a runtime that is going away cancels; the caller goes with it.
            Err(_) => std::future::pending().await,
        },
    }
}
