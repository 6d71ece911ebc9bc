use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::ids::Key;
use crate::{AppendError, Draft, Outcome, lock};

/// What a draft weighs besides its bytes.
const OVERHEAD: usize = 64;

/// What waits to be written, bounded by bytes. Many put, the writer takes.
pub(crate) struct Queue {
    state: Mutex<State>,
    /// Wakes the writer.
    filled: Condvar,
    /// One permit per byte.
    room: Arc<Semaphore>,
    limit: usize,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: Option<AppendError>,
}

/// The drafts of one caller, who waits for all of them.
pub(crate) struct Job {
    pub(crate) drafts: std::vec::IntoIter<Draft>,
    /// One for each draft, those that are done included.
    pub(crate) keys: Vec<Key>,
    pub(crate) outcomes: Vec<Outcome>,
    /// Why it will be answered with an error.
    pub(crate) error: Option<AppendError>,
    pub(crate) control: bool,
    pub(crate) bytes: usize,
    reply: oneshot::Sender<Result<Vec<Outcome>, AppendError>>,
    /// Room in the queue, held until the job is answered.
    _room: OwnedSemaphorePermit,
}

impl Job {
    /// Answers with the outcomes, or with `error`, or with the error it came across itself.
    pub(crate) fn answer(self, error: Option<AppendError>) {
        // The caller may have gone away; what is stored is stored.
        _ = self.reply.send(error.or(self.error).map_or(Ok(self.outcomes), Err));
    }
}

impl Queue {
    pub(crate) fn new(limit: usize) -> Self {
        let room = Arc::new(Semaphore::new(limit));
        Self { state: Mutex::default(), filled: Condvar::new(), room, limit }
    }

    /// Room for these drafts, at once or not at all.
    pub(crate) fn try_room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, AppendError> {
        self.room.clone().try_acquire_many_owned(self.permits(bytes)).map_err(|_| self.refusal())
    }

    /// Waits for room for these drafts.
    pub(crate) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, AppendError> {
        let permits = self.permits(bytes);
        self.room.clone().acquire_many_owned(permits).await.map_err(|_| self.refusal())
    }

    /// What drafts take of the queue.
    pub(crate) fn weigh(drafts: &[Draft]) -> usize {
        drafts.iter().map(|draft| draft.body.raw().len() + OVERHEAD).sum()
    }

    pub(crate) fn put(
        &self,
        drafts: Vec<Draft>,
        keys: Vec<Key>,
        bytes: usize,
        room: OwnedSemaphorePermit,
    ) -> Result<Ticket, AppendError> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            outcomes: Vec::with_capacity(drafts.len()),
            control: drafts.iter().all(|draft| draft.control),
            error: None,
            drafts: drafts.into_iter(),
            keys,
            bytes,
            reply,
            _room: room,
        };
        let mut state = lock(&self.state);
        if let Some(reason) = &state.closed {
            return Err(reason.clone());
        }
        state.jobs.push_back(job);
        drop(state);
        self.filled.notify_one();
        Ok(Ticket(answer))
    }

    /// Moves jobs out until they hold `bytes`; the last may hold more. The reason if the queue is
    /// closed.
    pub(crate) fn take(&self, bytes: usize, into: &mut VecDeque<Job>) -> Option<AppendError> {
        let mut state = lock(&self.state);
        let mut held: usize = into.iter().map(|job| job.bytes).sum();
        while held < bytes
            && let Some(job) = state.jobs.pop_front()
        {
            held += job.bytes;
            into.push_back(job);
        }
        state.closed.clone()
    }

    /// Blocks until something waits or the queue is closed.
    pub(crate) fn wait(&self) {
        let state = lock(&self.state);
        let nothing = |state: &mut State| state.jobs.is_empty() && state.closed.is_none();
        drop(self.filled.wait_while(state, nothing).unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes nothing more. What waits already stays.
    pub(crate) fn close(&self, reason: AppendError) {
        lock(&self.state).closed.get_or_insert(reason);
        self.room.close();
        self.filled.notify_all();
    }

    /// Answers all that waits with an error.
    pub(crate) fn fail_all(&self, error: &AppendError) {
        let mut state = lock(&self.state);
        state.closed.get_or_insert(error.clone());
        let jobs = std::mem::take(&mut state.jobs);
        drop(state);
        for job in jobs {
            job.answer(Some(error.clone()));
        }
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.limit - self.room.available_permits().min(self.limit)
    }

    /// One batch may be larger than the queue; it then has the queue to itself.
    fn permits(&self, bytes: usize) -> u32 {
        bytes.clamp(1, self.limit) as u32
    }

    fn refusal(&self) -> AppendError {
        lock(&self.state).closed.clone().unwrap_or(AppendError::Busy)
    }
}

/// A future of the outcomes of what was submitted: one per draft, in order.
#[derive(Debug)]
pub struct Ticket(oneshot::Receiver<Result<Vec<Outcome>, AppendError>>);

impl Ticket {
    /// The outcomes if they are there already; for callers without an executor. After it gave
    /// `Some` the ticket is spent.
    pub fn try_take(&mut self) -> Option<Result<Vec<Outcome>, AppendError>> {
        match self.0.try_recv() {
            Ok(answer) => Some(answer),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(AppendError::Stopped)),
        }
    }

    /// Blocks the thread until the outcomes are there; for callers outside an executor.
    pub fn wait(self) -> Result<Vec<Outcome>, AppendError> {
        self.0.blocking_recv().unwrap_or(Err(AppendError::Stopped))
    }
}

impl Future for Ticket {
    type Output = Result<Vec<Outcome>, AppendError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0)
            .poll(context)
            .map(|answer| answer.unwrap_or(Err(AppendError::Stopped)))
    }
}
