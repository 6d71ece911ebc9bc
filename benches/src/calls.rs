//! One-by-one signed calls from 64 connections, beside a bare loop of 64 writers that share one
//! write and one sync.

use std::os::unix::fs::FileExt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use cairn_core::{Clock, SystemClock};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client::{Ask, Client};
use crate::figures::Figures;
use crate::server::{Server, cpu};

const CONNECTIONS: usize = 64;
/// What one recorded call writes: its compressed record and its share of the block's head.
const WRITE_BYTES: usize = 700;
const FILE_BYTES: usize = 64 << 20;
/// The call's rate and its p99, as multiples of the bare loop's.
const TARGETS: (f64, f64) = (0.8, 1.5);

/// Measures the server, then the bare loop, each for `span`, twice in turn; prints the ratios.
pub(crate) async fn run(server: &Server, span: Duration) -> Result<(), Failure> {
    for round in 1..=2 {
        let cpu_before = (server.cpu(), cpu("self"));
        let (calls, called) = calls(server, span).await?;
        let micros = |now: f64, before: f64| (now - before) * 1e6 / (calls * span.as_secs_f64());
        println!(
            "calls {round}: processor time a call {:.1} us in the server, {:.1} us in the load \
             generator",
            micros(server.cpu(), cpu_before.0),
            micros(cpu("self"), cpu_before.1)
        );
        let directory = server.data.clone();
        let (writes, written) = bare(&directory, span)?;
        let ratio = calls / writes;
        let tail = called.at(0.99).as_secs_f64() / written.at(0.99).as_secs_f64();
        println!("calls {round}: recorded GetCallerIdentity {calls:.0}/s, {called}");
        println!("calls {round}: bare group commit          {writes:.0}/s, {written}");
        println!(
            "calls {round}: ratio {ratio:.2} (at least {:.1} aimed at), p99 {tail:.2} times (at \
             most {:.1})",
            TARGETS.0, TARGETS.1
        );
    }
    Ok(())
}

async fn calls(server: &Server, span: Duration) -> Result<(f64, Figures), Failure> {
    let clock = Arc::new(SystemClock::default());
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let mut client = Client::connect(&server.address, &server.key).await?;
        let clock = clock.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            let end = clock.elapsed() + span;
            while clock.elapsed() < end {
                let began = clock.elapsed();
                client.send(Ask::identity()).await?;
                times.push(clock.elapsed().saturating_sub(began));
            }
            Ok::<_, Failure>(times)
        });
    }
    let mut times = Vec::new();
    while let Some(found) = tasks.join_next().await {
        times.extend(found??);
    }
    Ok((times.len() as f64 / span.as_secs_f64(), Figures::new(times)))
}

/// What waits for the next write, and which write is done.
#[derive(Default)]
struct Shared {
    state: Mutex<(u64, u64, usize)>,
    work: Condvar,
    done: Condvar,
}

/// Writers that wait for a common write and `fdatasync`, on a preallocated file.
fn bare(directory: &std::path::Path, span: Duration) -> Result<(f64, Figures), Failure> {
    let path = directory.join("bare");
    let file = std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.write_all_at(&vec![0; FILE_BYTES], 0)?;
    file.sync_all()?;
    let clock = SystemClock::default();
    let shared = Shared::default();
    let end = clock.elapsed() + span;
    let times = std::thread::scope(|scope| {
        let writers: Vec<_> =
            (0..CONNECTIONS).map(|_| scope.spawn(|| write(&shared, &clock, end))).collect();
        commit(&shared, &file, &clock, end);
        writers.into_iter().flat_map(|writer| writer.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    std::fs::remove_file(path)?;
    Ok((times.len() as f64 / span.as_secs_f64(), Figures::new(times)))
}

fn write(shared: &Shared, clock: &SystemClock, end: Duration) -> Vec<Duration> {
    let mut times = Vec::new();
    while clock.elapsed() < end {
        let began = clock.elapsed();
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = state.0;
        state.2 += 1;
        shared.work.notify_one();
        while state.1 <= mine {
            state = shared.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        times.push(clock.elapsed().saturating_sub(began));
    }
    times
}

/// `state` is (the group that gathers, groups that are durable, writers in the gathering group).
fn commit(shared: &Shared, file: &std::fs::File, clock: &SystemClock, end: Duration) {
    let mut offset = 0;
    let buffer = vec![7; WRITE_BYTES * CONNECTIONS];
    // One second more lets the last writers go.
    while clock.elapsed() < end + Duration::from_secs(1) {
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.2 == 0 {
            let wait = shared.work.wait_timeout(state, Duration::from_millis(100));
            state = wait.unwrap_or_else(PoisonError::into_inner).0;
            if clock.elapsed() > end {
                break;
            }
        }
        let (group, count) = (state.0, state.2);
        *state = (group + 1, state.1, 0);
        drop(state);
        let bytes = WRITE_BYTES * count;
        if offset + bytes > FILE_BYTES {
            offset = 0;
        }
        file.write_all_at(&buffer[..bytes], offset as u64).expect("the bench's disk takes writes");
        file.sync_data().expect("the bench's disk syncs");
        offset += bytes;
        let mut state = shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.1 = group + 1;
        shared.done.notify_all();
    }
}
