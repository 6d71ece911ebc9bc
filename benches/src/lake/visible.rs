//! From acknowledged to visible in SQL while 50,000 events a second are offered. One prober asks
//! for all markers that wait at once, a few times a second, so that asking is not the load; what
//! it tells is an upper bound: from a marker's acknowledgement to the last byte of the answer that
//! has it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{Clock, SeededEntropy, SystemClock};
use tokio::task::JoinSet;

use super::corpus::Corpus;
use super::markers::{Markers, record};
use super::store;
use crate::Failure;
use crate::client::{Ask, Client};
use crate::events::uuid;
use crate::figures::Figures;
use crate::server::{Server, cpu};

const RATE: usize = 50_000;
const BATCH: usize = 500;
const CONNECTIONS: usize = 8;
/// Time between two batches of one connection.
const BETWEEN: Duration = Duration::from_millis((BATCH * CONNECTIONS * 1000 / RATE) as u64);
const MARKER_BETWEEN: Duration = Duration::from_millis(50);
const PROBE_BETWEEN: Duration = Duration::from_millis(100);
/// Markers that are not seen this long after the load are lost.
const PATIENCE: Duration = Duration::from_mins(1);
const AIM: Duration = Duration::from_secs(1);

struct Run {
    clock: SystemClock,
    markers: Markers,
    over: AtomicBool,
    sent: AtomicUsize,
}

pub(crate) async fn run(span: Duration) -> Result<(), Failure> {
    let directory = std::env::current_exe()?.with_file_name("bench-visible");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory)?;
    let server = Server::start(&directory.join("data"))?;
    let mut client = Client::connect(&server.address, &server.key).await?;
    let table = store::create(&mut client).await?;
    let run = Arc::new(Run {
        clock: SystemClock::default(),
        markers: Markers::default(),
        over: AtomicBool::new(false),
        sent: AtomicUsize::new(0),
    });
    let (began, before) = (run.clock.elapsed(), (server.cpu(), cpu("self")));
    let mut prober = JoinSet::new();
    prober.spawn(probe(client, table, run.clone()));
    let mut load = JoinSet::new();
    for index in 0..CONNECTIONS {
        let client = Client::connect(&server.address, &server.key).await?;
        load.spawn(sender(client, index, span, run.clone()));
    }
    let client = Client::connect(&server.address, &server.key).await?;
    load.spawn(marker(client, span, run.clone()));
    while let Some(ended) = load.join_next().await {
        ended??;
    }
    let took = run.clock.elapsed().saturating_sub(began).as_secs_f64();
    let spent = (server.cpu() - before.0, cpu("self") - before.1);
    run.over.store(true, Ordering::Relaxed);
    let Some(found) = prober.join_next().await else { return Ok(()) };
    let (seen, asked) = found??;
    let sent = run.sent.load(Ordering::Relaxed) as f64;
    println!(
        "visible: {:.0} events/s acknowledged of {RATE} offered for {took:.0} s; processor time an \
         event {:.2} us in the server, {:.2} us in the load generator; peak memory {} MiB",
        sent / took,
        spent.0 * 1e6 / sent,
        spent.1 * 1e6 / sent,
        server.peak_mib()
    );
    println!("visible: {} markers, queries for them {asked}", seen.count());
    drop(server);
    let _ = std::fs::remove_dir_all(&directory);
    verdict(&seen, sent / took)
}

fn verdict(seen: &Figures, rate: f64) -> Result<(), Failure> {
    let met = seen.at(0.99) < AIM && rate > RATE as f64 * 0.98;
    let word = if met { "met " } else { "MISSED" };
    println!(
        "{word}  acknowledged to visible in SQL {seen} (p99 below {AIM:?} at {RATE} events/s)"
    );
    if met { Ok(()) } else { Err(Failure("rows were late".to_owned())) }
}

/// One connection's share of the load, on its schedule; behind it, as fast as it can.
async fn sender(
    mut client: Client,
    index: usize,
    span: Duration,
    run: Arc<Run>,
) -> Result<(), Failure> {
    let batches = (span.as_millis() / BETWEEN.as_millis()) as usize;
    let ends = run.clock.now().saturating_add(span);
    let mut corpus = Corpus::new(100 + index as u64, batches * BATCH, ends, span);
    let began = run.clock.elapsed() + BETWEEN * index as u32 / CONNECTIONS as u32;
    let mut text = String::new();
    for number in 0..batches {
        text.clear();
        for _ in 0..BATCH {
            corpus.write(&mut text);
            text.push('\n');
        }
        let body = Bytes::copy_from_slice(text.as_bytes());
        let due = began + BETWEEN * number as u32;
        tokio::time::sleep(due.saturating_sub(run.clock.elapsed())).await;
        client.send(Ask::ingest(body)).await?;
        run.sent.fetch_add(BATCH, Ordering::Relaxed);
    }
    Ok(())
}

async fn marker(mut client: Client, span: Duration, run: Arc<Run>) -> Result<(), Failure> {
    let random = SeededEntropy::new(99);
    let end = run.clock.elapsed() + span;
    while run.clock.elapsed() < end {
        let id = uuid(&random);
        let body = record(&id, &run.clock);
        client.send(Ask::ingest(Bytes::from(body))).await?;
        run.markers.acknowledged(id, run.clock.elapsed());
        tokio::time::sleep(MARKER_BETWEEN).await;
    }
    Ok(())
}

/// Times of the markers, and of the queries that looked for them.
async fn probe(
    mut client: Client,
    table: String,
    run: Arc<Run>,
) -> Result<(Figures, Figures), Failure> {
    let (mut seen, mut asked, mut ended) = (Vec::new(), Vec::new(), None);
    loop {
        let began = run.clock.elapsed();
        if run.over.load(Ordering::Relaxed) {
            let since = *ended.get_or_insert(began);
            if began.saturating_sub(since) > PATIENCE {
                return Err(Failure("markers were not seen a minute after the load".to_owned()));
            }
        }
        let Some(question) = run.markers.question(&table) else {
            if ended.is_some() {
                return Ok((Figures::new(seen), Figures::new(asked)));
            }
            tokio::time::sleep(PROBE_BETWEEN).await;
            continue;
        };
        let ids = store::ask(&mut client, &question).await?;
        let now = run.clock.elapsed();
        seen.extend(run.markers.seen(&ids, now));
        asked.push(now.saturating_sub(began));
        tokio::time::sleep(PROBE_BETWEEN).await;
    }
}
