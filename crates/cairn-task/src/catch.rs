//! Panics as errors, where they do not end the process first: in the product they do, see
//! [`crate::abort_on_panic`]. The journal is then what the next start reads, and nothing half-done
//! goes on.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::WorkerError;

pub(crate) async fn catch<T>(
    work: impl Future<Output = Result<T, WorkerError>>,
) -> Result<T, WorkerError> {
    let mut work = pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or_else(|panic| Poll::Ready(Err(panicked(&*panic))))
    })
    .await
}

pub(crate) fn catch_call<T>(
    work: impl FnOnce() -> Result<T, WorkerError>,
) -> Result<T, WorkerError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

fn panicked(panic: &(dyn Any + Send)) -> WorkerError {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    WorkerError::new(format!("panicked: {text}"))
}
