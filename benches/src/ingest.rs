//! Durable ingest over HTTP: batches of 1,000 records, acknowledged after the sync, the load
//! generator on the same cores; and how soon an acknowledged record is found.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{Clock, SystemClock, Timestamp};
use tokio::task::JoinSet;

use crate::Failure;
use crate::client::{Ask, Client};
use crate::events::Generator;
use crate::figures::Figures;
use crate::server::{Server, cpu};

const BATCH: usize = 1000;
const CONNECTIONS: usize = 8;
/// The target and the peers' figures, events a second.
const TARGET: f64 = 150_000.0;

/// Stores `total` records; prints the rate, the memory, and the time from acknowledged to visible.
pub(crate) async fn run(server: &Server, total: usize) -> Result<(), Failure> {
    let clock = Arc::new(SystemClock::default());
    let left = Arc::new(AtomicUsize::new(total / BATCH));
    let done = Arc::new(AtomicBool::new(false));
    let mut senders = JoinSet::new();
    let (began, cpu_before) = (clock.elapsed(), (server.cpu(), cpu("self")));
    for index in 0..CONNECTIONS {
        let client = Client::connect(&server.address, &server.key).await?;
        senders.spawn(sender(client, index as u64, left.clone(), clock.now()));
    }
    let client = Client::connect(&server.address, &server.key).await?;
    let mut probes = JoinSet::new();
    probes.spawn(probe(client, done.clone(), clock.clone()));
    let mut bytes = 0;
    while let Some(sent) = senders.join_next().await {
        bytes += sent??;
    }
    let took = clock.elapsed().saturating_sub(began).as_secs_f64();
    done.store(true, Ordering::Relaxed);
    let rate = total as f64 / took;
    println!(
        "ingest: {total} records of {} bytes in {took:.1} s = {rate:.0} events/s acknowledged \
         ({:.2} of the {TARGET:.0} aimed at), {CONNECTIONS} connections, batches of {BATCH}",
        bytes / total,
        rate / TARGET
    );
    let micros = |now: f64, before: f64| (now - before) * 1e6 / total as f64;
    println!(
        "ingest: processor time an event {:.2} us in the server, {:.2} us in the load generator",
        micros(server.cpu(), cpu_before.0),
        micros(cpu("self"), cpu_before.1)
    );
    println!("ingest: peak memory of the server {} MiB (512 allowed)", server.peak_mib());
    while let Some(visible) = probes.join_next().await {
        println!(
            "ingest: acknowledged to visible in LookupEvents {} (p99 below 200 ms aimed at)",
            visible??
        );
    }
    Ok(())
}

/// Sends batches until none is left; gives the bytes it sent.
async fn sender(
    mut client: Client,
    seed: u64,
    left: Arc<AtomicUsize>,
    newest: Timestamp,
) -> Result<usize, Failure> {
    let generator = Generator::new(seed + 1, newest);
    let mut bytes = 0;
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        let mut body = Vec::with_capacity(BATCH * 1700);
        for _ in 0..BATCH {
            generator.write(&mut body);
            body.push(b'\n');
        }
        bytes += body.len();
        client.send(Ask::ingest(Bytes::from(body))).await?;
    }
    Ok(bytes)
}

/// Stores one record at a time and looks it up at once, until the load is over.
async fn probe(
    mut client: Client,
    done: Arc<AtomicBool>,
    clock: Arc<SystemClock>,
) -> Result<Figures, Failure> {
    let generator = Generator::new(u64::MAX, clock.now());
    let mut times = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let mut body = Vec::new();
        let id = generator.write(&mut body);
        let text = String::from_utf8_lossy(&body);
        let region = text.split("\"awsRegion\":\"").nth(1).and_then(|rest| rest.split('"').next());
        let region = region.unwrap_or_default().to_owned();
        client.send(Ask::ingest(Bytes::from(body))).await?;
        let stored = clock.elapsed();
        loop {
            let body = format!(
                "{{\"Attributes\":[{{\"AttributeKey\":\"EventId\",\"AttributeValue\":\"{id}\"}}],\
                 \"Region\":\"{region}\"}}"
            );
            let ask = Ask::json("cairn", "Cairn_20261121.SearchEvents", body);
            let found = client.send(ask).await?;
            if found.windows(id.len()).filter(|window| *window == id.as_bytes()).count() > 0 {
                break;
            }
        }
        times.push(clock.elapsed().saturating_sub(stored));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(Figures::new(times))
}
