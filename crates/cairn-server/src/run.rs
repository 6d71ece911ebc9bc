//! Running a server: start the workers, accept, wait for a reason to stop, stop from the doors
//! down.

use std::time::Duration;

use cairn_control::DashboardWorker;
use cairn_task::{OnFailure, Stop, StopReason, WorkerError};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::announce::Ready;
use crate::assemble::{Floors, Server};
use crate::config::Config;
use crate::error::ServerError;
use crate::workers;

/// How long each half of a stop may take, the doors first and then the workers; what still runs
/// then is cut off. What was acknowledged is durable either way.
const STOP_DEADLINE: Duration = Duration::from_secs(12);

/// Serves until a signal, or until something fails that nothing may go on without. `ready` is
/// called once, when requests are accepted.
///
/// # Errors
/// What kept the server from starting, or what ended it.
pub async fn run(config: Config, ready: impl FnOnce(&Ready)) -> Result<(), ServerError> {
    open_more_files();
    let server = Server::assemble(&config).await?;
    let Floors { journal, history, store } = server.floors;
    let supervisor = server.supervisor;
    let stop = supervisor.stop();
    let (recorder, book) = (&server.recorder, &server.book);
    workers::start(&supervisor, server.writer, &history, recorder, book, &server.upstreams)?;
    workers::deliver(&supervisor, &server.trails);
    workers::lake(&supervisor, &server.lake, config.lake.tend_every);
    workers::keep(&supervisor, server.housekeeper, &server.inside);
    let (spec, worker) = DashboardWorker::new(server.listener.front.control.clone());
    supervisor.spawn_worker(spec, worker);
    let (spec, worker) = server.holders;
    supervisor.spawn_worker(spec, worker);
    // What an earlier process applied but did not record is recorded before anything new is.
    // Where it cannot be (a full disk), the worker goes on trying while reads are served.
    if let Err(error) = server.recorder.drain_outbox().await {
        tracing::error!(%error, "failed to record what an earlier start left in the outbox");
    }
    // What was forwarded and never answered stands as an unknown outcome before anything is new.
    if let Err(error) = server.book.intents.recover().await {
        tracing::error!(%error, "failed to record what an earlier start left on its way");
    }
    // After that: it goes on from there, or tries again where it failed.
    let (spec, worker) = server.book.intents.worker();
    supervisor.spawn_worker(spec, worker);
    supervisor.spawn_task("signals", OnFailure::Report, signals(stop.clone()));
    supervisor.spawn_task("listener", OnFailure::StopServer, server.listener.run());
    server.ready.publish(&config.data, &store).await?;
    tracing::info!(endpoint = server.ready.endpoint, "ready");
    ready(&server.ready);
    stop.stopped().await;
    supervisor.drain(STOP_DEADLINE).await;
    // The journal goes last: connections that were finishing have their answers by now.
    journal.stop();
    if let Err(still) = supervisor.stop_and_join(STOP_DEADLINE).await {
        tracing::warn!(error = %still, "the stop was not clean");
    }
    store.close().await;
    match stop.reason() {
        Some(reason @ StopReason::Failed { .. }) => Err(ServerError::Stopped(reason.to_string())),
        _ => Ok(()),
    }
}

/// A process may have as many files open as it asks for, up to its hard limit: connections, and the
/// files of journal, index and tables.
fn open_more_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

async fn signals(stop: Stop) -> Result<(), WorkerError> {
    let listen = |kind| {
        signal(kind).map_err(|error| WorkerError::caused("failed to listen for signals", error))
    };
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let name = tokio::select! {
        () = stop.stopped() => return Ok(()),
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    stop.stop(StopReason::Requested(name.to_owned()));
    Ok(())
}
