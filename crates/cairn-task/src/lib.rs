//! Workers, supervisor, stop: the only crate that spawns.
//!
//! A [`Worker`] says what one piece of work is; its [`WorkerSpec`] says how often, and what an
//! error and a stop mean for it. The [`Supervisor`] runs them and shows how they are doing. Work is
//! never interrupted; waiting always may be.
//!
//! Stopping walks from the doors down: the [`Stop`] token ends listeners, connections and tasks;
//! only when those are gone are the workers told, and threads are joined last.

mod catch;
mod error;
mod fence;
mod group;
mod pool;
mod run;
mod spec;
mod status;
mod stop;
mod supervisor;
mod wake;
mod work;
mod worker;

pub use error::WorkerError;
pub use fence::{abort_on_panic, fenced};
pub use pool::{Job, Pool, STACK};
pub use spec::{Backoff, OnError, OnFailure, OnStop, WorkerSpec};
pub use status::{State, WorkerStatus};
pub use stop::{Stop, StopReason};
pub use supervisor::{StillRunning, Supervisor};
pub use wake::Wake;
pub use work::{background, blocking, uninterrupted};
pub use worker::{Progress, Tick, Worker};
