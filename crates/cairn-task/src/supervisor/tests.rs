use std::sync::atomic::{AtomicUsize, Ordering};

use cairn_core::{ManualClock, Timestamp};
use tokio::time::sleep;

use super::*;
use crate::{Backoff, OnError, OnStop, Progress, Tick, Wake, blocking, uninterrupted};

const DEADLINE: Duration = Duration::from_secs(10);

/// Does what a script says, one step for each tick; idle when the script has ended.
struct Scripted {
    steps: Vec<Step>,
    ticks: Arc<Mutex<Vec<Duration>>>,
    began: Instant,
    wake: Wake,
}

enum Step {
    Give(Tick),
    Fail,
    Panic,
    Work(Duration),
}

impl Scripted {
    fn new(mut steps: Vec<Step>) -> (Self, Arc<Mutex<Vec<Duration>>>, Wake) {
        steps.reverse();
        let (ticks, wake) = (Arc::<Mutex<Vec<Duration>>>::default(), Wake::default());
        let worker =
            Self { steps, ticks: ticks.clone(), began: Instant::now(), wake: wake.clone() };
        (worker, ticks, wake)
    }
}

impl Worker for Scripted {
    async fn tick(&mut self) -> Result<Tick, WorkerError> {
        self.ticks.lock().unwrap().push(self.began.elapsed());
        match self.steps.pop() {
            Some(Step::Give(tick)) => Ok(tick),
            Some(Step::Fail) => {
                Err(WorkerError::caused("failed to tick", std::io::Error::other("the reason")))
            }
            Some(Step::Panic) => panic!("on purpose"),
            Some(Step::Work(duration)) => {
                sleep(duration).await;
                Ok(Tick::More)
            }
            None => Ok(Tick::Idle),
        }
    }

    async fn wait(&mut self) {
        self.wake.woken().await;
    }

    fn status(&self) -> Progress {
        Progress { lag: Some(self.steps.len() as u64), detail: None }
    }
}

fn supervisor() -> Supervisor {
    Supervisor::new(Arc::new(ManualClock::new(Timestamp::from_millis(1500))))
}

fn spec() -> WorkerSpec {
    let backoff = Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(3) };
    WorkerSpec {
        name: "scripted".into(),
        cadence: Duration::from_mins(1),
        on_error: OnError::Retry { backoff },
        on_stop: OnStop::Finish,
    }
}

fn seconds(ticks: &Mutex<Vec<Duration>>) -> Vec<u64> {
    ticks.lock().unwrap().iter().map(Duration::as_secs).collect()
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_ticks_on_its_cadence_and_when_woken() {
    let supervisor = supervisor();
    let (worker, ticks, wake) = Scripted::new(vec![Step::Give(Tick::More)]);
    supervisor.spawn_worker(spec(), worker);
    sleep(Duration::from_secs(70)).await;
    wake.wake();
    sleep(Duration::from_secs(20)).await;
    assert_eq!(seconds(&ticks), [0, 0, 60, 70]);
    assert_eq!(supervisor.list()[0].state, State::Idle);
    assert_eq!(supervisor.list()[0].lag, Some(0));
}

#[tokio::test(start_paused = true)]
async fn errors_and_panics_are_counted_shown_and_retried_later_and_later() {
    let supervisor = supervisor();
    let steps = vec![Step::Fail, Step::Panic, Step::Fail, Step::Fail, Step::Give(Tick::Idle)];
    let (worker, ticks, _wake) = Scripted::new(steps);
    supervisor.spawn_worker(spec(), worker);
    sleep(Duration::from_millis(3500)).await;
    let status = supervisor.list().remove(0);
    assert_eq!((status.state, status.errors), (State::Throttled, 3));
    assert_eq!(status.last_error.as_deref(), Some("failed to tick: the reason"));
    sleep(Duration::from_secs(10)).await;
    let status = supervisor.list().remove(0);
    assert_eq!((status.state, status.errors, status.consecutive_errors), (State::Idle, 4, 0));
    assert_eq!(seconds(&ticks), [0, 1, 3, 6, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_without_retry_stops_the_server_with_its_text() {
    let supervisor = supervisor();
    let (worker, _ticks, _wake) = Scripted::new(vec![Step::Panic]);
    supervisor.spawn_worker(WorkerSpec { on_error: OnError::StopServer, ..spec() }, worker);
    supervisor.stop().stopped().await;
    let reason = supervisor.stop().reason().unwrap();
    assert_eq!(reason.to_string(), "scripted failed: panicked: on purpose");
    assert_eq!(reason.exit_code(), 1);
    supervisor.stop_and_join(DEADLINE).await.unwrap();
    assert_eq!(supervisor.list()[0].state, State::Failed);
    // The first reason stays.
    supervisor.stop().stop(StopReason::Requested("signal".into()));
    assert_eq!(supervisor.stop().reason(), Some(reason));
}

#[tokio::test(start_paused = true)]
async fn a_stop_never_interrupts_work() {
    let supervisor = supervisor();
    let steps = || vec![Step::Work(Duration::from_secs(5)), Step::Give(Tick::More)];
    let (finishing, finished, _wake) = Scripted::new(steps());
    let (abandoning, abandoned, _wake) = Scripted::new(steps());
    supervisor.spawn_worker(spec(), finishing);
    let on_stop = OnStop::Abandon;
    supervisor.spawn_worker(WorkerSpec { name: "other".into(), on_stop, ..spec() }, abandoning);
    sleep(Duration::from_secs(1)).await;
    supervisor.stop_and_join(DEADLINE).await.unwrap();
    assert_eq!(seconds(&finished), [0, 5, 5]);
    assert_eq!(seconds(&abandoned), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_rest_and_a_pause_at_once() {
    let supervisor = supervisor();
    let (idle, _ticks, _wake) = Scripted::new(vec![]);
    let (failing, tries, _wake) = Scripted::new(vec![Step::Fail, Step::Fail, Step::Fail]);
    supervisor.spawn_worker(spec(), idle);
    supervisor.spawn_worker(WorkerSpec { name: "failing".into(), ..spec() }, failing);
    sleep(Duration::from_millis(10)).await;
    let began = Instant::now();
    supervisor.stop_and_join(DEADLINE).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(seconds(&tries), [0, 0], "one last try, no pause after it");
}

#[tokio::test(start_paused = true)]
async fn workers_outlive_connections_and_tasks() {
    let supervisor = supervisor();
    let (worker, ticks, _wake) = Scripted::new(vec![]);
    supervisor.spawn_worker(spec(), worker);
    let stop = supervisor.stop();
    let listener = async move {
        stop.stopped().await;
        sleep(Duration::from_secs(2)).await;
        Ok(())
    };
    supervisor.spawn_task("listener", OnFailure::StopServer, listener);
    supervisor.track(sleep(Duration::from_secs(4)));
    assert_eq!(supervisor.tracked(), 1);
    supervisor.stop_and_join(DEADLINE).await.unwrap();
    assert_eq!(supervisor.tracked(), 0);
    assert_eq!(seconds(&ticks).last(), Some(&4));
    assert!(supervisor.list().iter().all(|status| status.state == State::Done));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_names_what_still_runs() {
    let supervisor = supervisor();
    supervisor.spawn_task("stuck", OnFailure::Report, std::future::pending());
    supervisor.track(std::future::pending());
    let began = Instant::now();
    let left = supervisor.stop_and_join(DEADLINE).await.unwrap_err();
    assert_eq!(left, StillRunning { connections: 1, names: vec!["stuck".to_owned()] });
    assert_eq!(began.elapsed(), DEADLINE);
}

#[tokio::test]
async fn a_thread_that_fails_stops_the_server_and_one_that_reports_does_not() {
    let supervisor = supervisor();
    let fail = || Err(WorkerError::new("disk gone"));
    supervisor.spawn_thread("reporter", OnFailure::Report, fail).unwrap();
    while !supervisor.list()[0].state.eq(&State::Failed) {
        sleep(Duration::from_millis(1)).await;
    }
    assert!(!supervisor.stop().is_stopped());
    supervisor.spawn_thread("writer", OnFailure::StopServer, fail).unwrap();
    supervisor.stop().stopped().await;
    let failed = StopReason::Failed { worker: "writer".into(), error: "disk gone".into() };
    assert_eq!(supervisor.stop().reason(), Some(failed));
    supervisor.stop_and_join(DEADLINE).await.unwrap();
}

#[tokio::test]
async fn a_thread_is_told_between_drain_and_join() {
    let supervisor = supervisor();
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let body = move || told.recv().map_err(|error| WorkerError::caused("lost its owner", error));
    supervisor.spawn_thread("writer", OnFailure::StopServer, body).unwrap();
    supervisor.drain(DEADLINE).await;
    assert_eq!(supervisor.list()[0].state, State::Busy);
    tell.send(()).unwrap();
    supervisor.stop_and_join(DEADLINE).await.unwrap();
    assert_eq!(supervisor.list()[0].state, State::Done);
}

#[tokio::test]
async fn an_ended_name_can_be_used_again_and_blocking_gives_its_value() {
    let supervisor = supervisor();
    for round in 0..2 {
        supervisor.spawn_task("again", OnFailure::Report, async { Ok(()) });
        supervisor.inner.tasks.drained(DEADLINE).await;
        assert_eq!(supervisor.list().len(), 1, "round {round}");
    }
    let count = Arc::new(AtomicUsize::new(0));
    let inside = count.clone();
    assert_eq!(blocking("count", move || inside.fetch_add(1, Ordering::SeqCst) + 41).await, 41);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn uninterrupted_work_outlives_its_caller() {
    let done = Arc::new(AtomicUsize::new(0));
    let inside = done.clone();
    let work = uninterrupted(async move {
        sleep(Duration::from_secs(5)).await;
        inside.store(1, Ordering::SeqCst);
    });
    let gave_up = tokio::time::timeout(Duration::from_secs(1), work).await;
    assert!(gave_up.is_err());
    sleep(Duration::from_secs(5)).await;
    assert_eq!(done.load(Ordering::SeqCst), 1);
    assert_eq!(uninterrupted(async { 7 }).await, 7);
}

#[test]
fn a_status_is_written_as_the_api_shows_it() {
    let slot = Slot::new("history".to_owned(), State::Busy);
    slot.began(Timestamp::from_millis(1500));
    slot.succeeded(Progress { lag: Some(3), detail: None });
    let text = serde_json::to_string(&slot.get()).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"Name":"history","State":"Busy","Lag":3,"Errors":0,"#,
            r#""ConsecutiveErrors":0,"LastRun":1.5}"#
        )
    );
}
