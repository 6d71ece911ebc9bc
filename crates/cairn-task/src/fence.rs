//! A panic ends the process, but for one in work that computes what somebody asked for.
//!
//! Such work changes nothing: it reads, and its answer is lost with it. All other work that
//! panicked would go on with state nobody has checked, so nothing is to catch what it says.

use std::cell::Cell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

thread_local! {
    static FENCED: Cell<bool> = const { Cell::new(false) };
}

/// From now on a panic on a thread that is not fenced ends the process, once it is reported. Called
/// once, before threads are started.
pub fn abort_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        if !FENCED.get() {
            std::process::abort();
        }
    }));
}

/// Whatever panics on this thread is lost, the process is not. What it leaves in a lock is the
/// business of whoever shares it.
pub(crate) fn fence_thread() {
    FENCED.set(true);
}

/// What comes of the work; `None` if it panicked.
pub async fn fenced<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        let before = FENCED.replace(true);
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        FENCED.set(before);
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pool;

    #[tokio::test]
    async fn only_work_inside_of_the_fence_is_fenced() {
        let fenced_now = || FENCED.get();
        assert!(!fenced_now());
        assert_eq!(fenced(async { fenced_now() }).await, Some(true));
        assert_eq!(fenced(async { panic!("planted") }).await, None::<()>);
        assert!(!fenced_now());
        let pool = Pool::new("fence-test", 1).unwrap();
        assert_eq!(pool.run(async move { fenced_now() }).done().await, Some(true));
    }
}
