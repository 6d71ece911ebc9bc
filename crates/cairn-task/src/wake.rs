//! The bell of one worker.

use std::sync::Arc;

use tokio::sync::Notify;

/// Tells one worker that there may be work. The worker keeps a clone and awaits [`Wake::woken`] in
/// its `wait`; whoever makes work keeps another and calls [`Wake::wake`].
#[derive(Debug, Clone, Default)]
pub struct Wake {
    bell: Arc<Notify>,
}

impl Wake {
    /// Never waits. Several calls before the worker looks count as one; none is lost.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    pub async fn woken(&self) {
        self.bell.notified().await;
    }
}
