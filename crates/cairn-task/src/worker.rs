//! What a worker is.

use crate::WorkerError;

/// Background work, cut into pieces. One value runs on one task at a time.
pub trait Worker: Send + 'static {
    /// Does one bounded piece of work. It is never interrupted, so keep it under a second: a stop
    /// waits for it.
    fn tick(&mut self) -> impl Future<Output = Result<Tick, WorkerError>> + Send;

    /// Returns when there may be work again. Asked after [`Tick::Idle`], and dropped at any point:
    /// when the cadence has passed or the server stops. By default only the cadence wakes.
    fn wait(&mut self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// How far behind the worker is. Asked after every tick.
    fn status(&self) -> Progress {
        Progress::default()
    }
}

/// What a piece of work found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    /// There is more to do now.
    More,
    /// Nothing to do until the worker is woken or its cadence has passed.
    Idle,
    /// Nothing to do ever again: the worker ends.
    Done,
}

/// How far behind a worker is, in its own unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// What still waits to be done, for example records; `None` where that has no meaning.
    pub lag: Option<u64>,
    /// One short line for a person.
    pub detail: Option<String>,
}
