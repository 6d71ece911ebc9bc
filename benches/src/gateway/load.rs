//! 64 connections with a thread each: as fast as they are answered, or at a rate that does not
//! wait for answers.

use std::time::Duration;

use cairn_core::{Clock, SystemClock};

use super::upstream::SMALL;
use super::wire::Connection;
use crate::Failure;
use crate::figures::Figures;

pub(super) const CONNECTIONS: usize = 64;
/// An answer's head and body fit.
const BUFFER: usize = 16 * 1024;

/// Each connection asks again when it is answered; requests a second, and how long each took.
pub(super) fn closed(
    address: &str,
    requests: &[Vec<u8>],
    span: Duration,
) -> Result<(f64, Figures), Failure> {
    let clock = SystemClock::default();
    let times = everyone(address, |index, connection| {
        let mut times = Vec::new();
        let end = clock.elapsed() + span;
        // Each begins at keys of its own.
        let own = requests.iter().cycle().skip(index * requests.len() / CONNECTIONS);
        for request in own {
            let began = clock.elapsed();
            if began >= end {
                break;
            }
            small(connection, request)?;
            times.push(clock.elapsed().saturating_sub(began));
        }
        Ok(times)
    })?;
    Ok((times.len() as f64 / span.as_secs_f64(), Figures::new(times)))
}

/// `rate` requests a second, whether or not the earlier ones are answered. A request that has to
/// wait for its connection counts from when it was due; one that only the timer woke late does not.
pub(super) fn open(
    address: &str,
    requests: &[Vec<u8>],
    rate: usize,
    span: Duration,
) -> Result<Figures, Failure> {
    let clock = SystemClock::default();
    let total = (rate as f64 * span.as_secs_f64()) as usize;
    // By then every thread is there.
    let start = clock.elapsed() + Duration::from_millis(100);
    let times = everyone(address, |index, connection| {
        let mut times = Vec::new();
        for turn in (index..total).step_by(CONNECTIONS) {
            let due = start + Duration::from_secs_f64(turn as f64 / rate as f64);
            let wait = due.saturating_sub(clock.elapsed());
            let mut began = due;
            if !wait.is_zero() {
                std::thread::sleep(wait);
                began = clock.elapsed();
            }
            small(connection, &requests[turn % requests.len()])?;
            times.push(clock.elapsed().saturating_sub(began));
        }
        Ok(times)
    })?;
    Ok(Figures::new(times))
}

fn small(connection: &mut Connection, request: &[u8]) -> Result<(), Failure> {
    match connection.call(request)? {
        length if length == SMALL as u64 => Ok(()),
        length => Err(Failure(format!("an answer of {length} bytes"))),
    }
}

/// Runs `work` on every connection at once.
fn everyone(
    address: &str,
    work: impl Fn(usize, &mut Connection) -> Result<Vec<Duration>, Failure> + Sync,
) -> Result<Vec<Duration>, Failure> {
    let connections = (0..CONNECTIONS).map(|_| Connection::open(address, BUFFER));
    let connections = connections.collect::<Result<Vec<_>, _>>()?;
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = connections
            .into_iter()
            .enumerate()
            .map(|(index, mut connection)| scope.spawn(move || work(index, &mut connection)))
            .collect();
        let mut times = Vec::new();
        for thread in threads {
            let done = thread.join().map_err(|_| Failure("a connection's thread".to_owned()))?;
            times.extend(done?);
        }
        Ok(times)
    })
}
