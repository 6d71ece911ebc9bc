//! The memory of all forwarded bodies together.

use std::sync::Arc;
use std::time::Duration;

use cairn_wire::Fault;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

const KIB: usize = 1024;
/// How long a call waits for its share.
const WAIT: Duration = Duration::from_secs(10);

pub(crate) struct Budget {
    kib: Arc<Semaphore>,
    whole: usize,
}

/// A share of the memory, given back when it is dropped.
pub(crate) type Share = OwnedSemaphorePermit;

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        let whole = bytes / KIB;
        Self { kib: Arc::new(Semaphore::new(whole)), whole }
    }

    /// Waits for room for `bytes`.
    ///
    /// # Errors
    /// A 503 where there is none in time.
    pub(crate) async fn take(&self, bytes: usize) -> Result<Share, Fault> {
        // What is larger than everything has everything.
        let kib = (bytes / KIB + 1).min(self.whole) as u32;
        if let Ok(share) = self.kib.clone().try_acquire_many_owned(kib) {
            return Ok(share);
        }
        let waited = tokio::time::timeout(WAIT, self.kib.clone().acquire_many_owned(kib)).await;
        waited.ok().and_then(Result::ok).ok_or_else(|| {
            Fault::unavailable("too many bodies are on their way: send again in a moment")
        })
    }
}
