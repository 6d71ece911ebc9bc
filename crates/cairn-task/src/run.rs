//! The life of one worker.

use std::sync::Arc;

use cairn_core::Clock;
use tokio::time::sleep;

use crate::catch::catch;
use crate::status::{Slot, State};
use crate::{OnError, OnStop, Stop, StopReason, Tick, Worker, WorkerError, WorkerSpec};

pub(crate) struct Run<W> {
    pub(crate) worker: W,
    pub(crate) spec: WorkerSpec,
    pub(crate) slot: Arc<Slot>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Ends this worker.
    pub(crate) quit: Stop,
    /// Ends the server.
    pub(crate) stop: Stop,
}

impl<W: Worker> Run<W> {
    pub(crate) async fn run(mut self) {
        let end = self.live().await;
        self.slot.enter(end);
    }

    async fn live(&mut self) -> State {
        loop {
            if self.quit.is_stopped() && self.spec.on_stop == OnStop::Abandon {
                return State::Done;
            }
            let next = match self.step().await {
                Ok(Tick::Done) => return State::Done,
                Ok(Tick::Idle) if self.quit.is_stopped() => return State::Done,
                Ok(Tick::Idle) => self.rest().await,
                Ok(Tick::More) => {
                    tokio::task::yield_now().await;
                    Ok(())
                }
                Err(error) => Err(error),
            };
            if let Err(error) = next
                && !self.recover(&error).await
            {
                return State::Failed;
            }
        }
    }

    async fn step(&mut self) -> Result<Tick, WorkerError> {
        self.slot.began(self.clock.now());
        let work = async {
            let tick = self.worker.tick().await?;
            Ok((tick, self.worker.status()))
        };
        let (tick, progress) = catch(work).await?;
        self.slot.succeeded(progress);
        Ok(tick)
    }

    async fn rest(&mut self) -> Result<(), WorkerError> {
        self.slot.enter(State::Idle);
        let wait = async {
            self.worker.wait().await;
            Ok(())
        };
        tokio::select! {
            () = self.quit.stopped() => Ok(()),
            woken = catch(wait) => woken,
            () = sleep(self.spec.cadence) => Ok(()),
        }
    }

    /// Whether to go on. A worker that fails while it stops is not tried again.
    async fn recover(&mut self, error: &WorkerError) -> bool {
        let failures = self.slot.failed(error);
        let backoff = match self.spec.on_error {
            OnError::Retry { backoff } => backoff,
            OnError::StopServer => {
                let worker = self.spec.name.clone().into_owned();
                self.stop.stop(StopReason::Failed { worker, error: error.chain() });
                return false;
            }
        };
        if self.quit.is_stopped() {
            return false;
        }
        self.slot.enter(State::Throttled);
        tokio::select! {
            () = self.quit.stopped() => {}
            () = sleep(backoff.pause(failures)) => {}
        }
        true
    }
}
