//! A command that talks to a server: where to, on what runtime, until when.

use std::sync::Arc;

use cairn_core::{Clock, SystemClock, Timestamp};
use jiff::tz::TimeZone;

use crate::client::Client;
use crate::credentials::{ConnectArgs, Target};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// What a command works with.
pub(crate) struct Session<'t> {
    pub(crate) client: Client,
    pub(crate) terminal: &'t mut Terminal,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Runs `work` until it ends or the user interrupts it.
pub(crate) fn run(
    connect: &ConnectArgs,
    terminal: &mut Terminal,
    work: impl AsyncFnOnce(&mut Session) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let target = Target::find(connect, |name| std::env::var(name).ok())?;
    let client = Client::new(target, connect.ca.as_deref(), clock.clone())?;
    let mut session = Session { client, terminal, clock };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Runtime)?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = work(&mut session) => outcome,
            _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    });
    // A thread that still reads a pipe must not keep the process.
    runtime.shutdown_background();
    outcome
}

/// The time here, before there is a session.
pub(crate) fn now() -> Timestamp {
    SystemClock::default().now()
}

/// The zone that times without one belong to.
pub(crate) fn zone(utc: bool) -> TimeZone {
    if utc { TimeZone::UTC } else { TimeZone::system() }
}
