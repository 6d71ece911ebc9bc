//! The gateway beside a direct connection and beside nginx as a plain reverse proxy, all on the
//! same cores and in the same run: small GETs as fast as they go, what a call waits for at 1,000 a
//! second, and one large object.

mod ask;
mod disk;
mod large;
mod load;
mod nginx;
mod upstream;
mod wire;

use std::path::Path;
use std::time::Duration;

use crate::Failure;
use crate::figures::Figures;
use crate::server::{Key, Server, cpu};

use nginx::Nginx;
use upstream::Upstream;
pub(crate) use upstream::serve;

/// Each target has its turn this often.
const ROUNDS: usize = 3;
/// Requests a second for the latency.
const RATE: usize = 1000;
/// Of nginx's rate: recorded, and with recording switched off.
const SHARE: (f64, f64) = (0.33, 0.6);
/// Milliseconds that Cairn may add at `RATE`: p50 and p99.
const ADDED: (f64, f64) = (0.3, 2.0);

const RECORDED: &str = "Cairn, recorded";
const OFF: &str = "Cairn, recording off";
const RESIGNED: &str = "Cairn, signed anew";

/// Where a request is sent, and who works for it.
struct Target {
    name: &'static str,
    address: String,
    processes: Vec<u32>,
    /// What requests are signed with.
    key: Key,
    /// The share of nginx's rate that is aimed at.
    share: Option<f64>,
}

impl Target {
    fn of(name: &'static str, server: &Server, share: Option<f64>) -> Self {
        let (address, key) = (server.address.clone(), server.key.clone());
        Self { name, address, processes: vec![server.id()], key, share }
    }

    /// Processor seconds so far.
    fn cpu(&self) -> f64 {
        self.processes.iter().map(|id| cpu(&id.to_string())).sum()
    }
}

/// Measures rate, latency and throughput; `span` is how long a rate is measured in all rounds
/// together, `bytes` the size of the large object.
pub(crate) fn run(directory: &Path, span: Duration, bytes: u64) -> Result<(), Failure> {
    let upstream = Upstream::start()?;
    let url = format!("http://{}", upstream.address);
    let start = |name: &str, settings: &[(&str, &str)]| {
        let all = [&[("CAIRN_UPSTREAM_S3_URL", url.as_str())], settings].concat();
        Server::start_with(&directory.join(name), &all)
    };
    let all = ("CAIRN_GATEWAY_DATA_EVENTS", "all");
    let recorded = start("recorded", &[all])?;
    let off = start("off", &[("CAIRN_GATEWAY_RECORD", "*=off")])?;
    let own = [
        all,
        ("CAIRN_UPSTREAM_S3_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("CAIRN_UPSTREAM_S3_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ];
    let resigned = start("resigned", &own)?;
    let nginx = Nginx::start(&directory.join("nginx"), &upstream.address)?;
    let key = recorded.key.clone();
    let plain = |name, address: &str, processes| Target {
        name,
        address: address.to_owned(),
        processes,
        key: key.clone(),
        share: None,
    };
    let mut targets = vec![plain("direct", &upstream.address, vec![upstream.id()])];
    match &nginx {
        Some(nginx) => targets.push(plain("nginx", &nginx.address, nginx.ids())),
        None => println!("gateway: nginx is not installed: its figures and ratios are left out"),
    }
    targets.push(Target::of(RECORDED, &recorded, Some(SHARE.0)));
    targets.push(Target::of(OFF, &off, Some(SHARE.1)));
    targets.push(Target::of(RESIGNED, &resigned, None));
    rates(&targets, span / ROUNDS as u32)?;
    proven(&recorded, &off)?;
    added(&targets, directory, span / ROUNDS as u32)?;
    // Signing anew changes nothing about a body that is not signed in chunks.
    targets.truncate(targets.len() - 2);
    large::run(&targets, &recorded, bytes)
}

/// Small GETs from 64 connections, everyone in turn.
fn rates(targets: &[Target], span: Duration) -> Result<(), Failure> {
    let mut rates = vec![Vec::new(); targets.len()];
    for round in 0..=ROUNDS {
        for (target, rates) in targets.iter().zip(&mut rates) {
            let requests = ask::small(&target.key)?;
            if round == 0 {
                load::closed(&target.address, &requests, Duration::from_secs(1))?;
                continue;
            }
            let before = (target.cpu(), cpu("self"));
            let (rate, times) = load::closed(&target.address, &requests, span)?;
            let micros = |busy: f64| busy * 1e6 / (rate * span.as_secs_f64());
            println!(
                "gateway {round}: small GET, {:20} {rate:6.0}/s, {times}; processor time a call \
                 {:.1} us, {:.1} us in the load generator",
                target.name,
                micros(target.cpu() - before.0),
                micros(cpu("self") - before.1),
            );
            rates.push(rate);
        }
    }
    let medians: Vec<f64> = rates.into_iter().map(median).collect();
    let of = |name| targets.iter().position(|target| target.name == name).map(|at| medians[at]);
    let Some(peer) = of("nginx") else { return Ok(()) };
    for (target, median) in targets.iter().zip(&medians) {
        let aim = target.share.map(|share| format!(" (at least {share:.2} aimed at)"));
        println!(
            "gateway: small GET, {:20} {:.2} of nginx{}",
            target.name,
            median / peer,
            aim.unwrap_or_default()
        );
    }
    Ok(())
}

/// A rate means nothing unless the calls were recorded, and nothing was where it was not to be.
fn proven(recorded: &Server, off: &Server) -> Result<(), Failure> {
    let (calls, records) = (gets(recorded)?, figure(recorded, "cairn_journal_records ")?);
    let (unseen, none) = (gets(off)?, figure(off, "cairn_journal_records ")?);
    let blocks = figure(recorded, "cairn_journal_blocks ")?;
    println!(
        "gateway: {records} records of {calls} GETs in {blocks} syncs; recording off: {none} of \
         {unseen}"
    );
    // The server itself writes a few.
    if calls == 0 || records < calls || none > unseen / 100 {
        return Err(Failure("the journal has not what it should have".to_owned()));
    }
    Ok(())
}

fn gets(server: &Server) -> Result<u64, Failure> {
    let labels = "service=\"s3\",operation=\"GetObject\",code=\"OK\"";
    figure(server, &format!("cairn_requests_total{{{labels}}} "))
}

/// One line of the server's own figures.
fn figure(server: &Server, name: &str) -> Result<u64, Failure> {
    let page = wire::page(&server.address, "/metrics")?;
    let value = page.lines().find_map(|line| line.strip_prefix(name)?.parse().ok());
    value.ok_or_else(|| Failure(format!("/metrics has no {name}")))
}

/// What a call waits longer for than without Cairn, at a rate that leaves the machine room.
fn added(targets: &[Target], directory: &Path, span: Duration) -> Result<(), Failure> {
    let mut figures: Vec<Vec<Figures>> = targets.iter().map(|_| Vec::new()).collect();
    for round in 1..=ROUNDS {
        let syncs = micros(&disk::syncs(directory)?);
        println!("gateway {round}: a small write and its sync on this disk {syncs}");
        for (target, figures) in targets.iter().zip(&mut figures) {
            let requests = ask::small(&target.key)?;
            let times = load::open(&target.address, &requests, RATE, span)?;
            println!("gateway {round}: {RATE} GETs/s, {:20} {}", target.name, micros(&times));
            figures.push(times);
        }
    }
    let at = |figures: &[Figures], share| {
        median(figures.iter().map(|times| times.at(share).as_secs_f64() * 1e3).collect())
    };
    let Some((direct, others)) = figures.split_first() else { return Ok(()) };
    for (target, figures) in targets.iter().skip(1).zip(others) {
        println!(
            "gateway: {RATE} GETs/s, {:20} adds {:.2} ms at p50, {:.2} ms at p99 (at most {} and \
             {} aimed at)",
            target.name,
            at(figures, 0.5) - at(direct, 0.5),
            at(figures, 0.99) - at(direct, 0.99),
            ADDED.0,
            ADDED.1
        );
    }
    Ok(())
}

fn micros(times: &Figures) -> String {
    let at = |share| times.at(share).as_micros();
    format!("p50 {} us, p99 {} us, max {} us", at(0.5), at(0.99), at(1.0))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
