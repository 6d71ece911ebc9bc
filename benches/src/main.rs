//! Figures of a running server, each beside its peer or its bare limit, in one run.
//!
//! `cairn-bench [ingest|calls|lookup|restart|gateway|selectors|delivery|all] [--events N]
//! [--seconds N] [--mib N]`; the server's binary is taken from beside this one. `cairn-bench
//! generate DIR [--events N]` only writes records; `cairn-bench upstream` only answers the gateway.
//! `cairn-bench corpus DIR [--events N]` and `cairn-bench visible [--seconds N]` are parts of the
//! figures of the lake, which `benches/lake/run.py` puts together.
#![expect(clippy::print_stdout, reason = "the figures are the output")]

mod calls;
mod client;
mod delivery;
mod events;
mod figures;
mod gateway;
mod generate;
mod ingest;
mod lake;
mod lookup;
mod selectors;
mod server;

use std::time::Duration;

use cairn_core::{Clock, SystemClock};

use crate::client::{Ask, Client};
use crate::server::Server;

/// Why a bench could not be run.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Events that are delivered at most: they are kept in memory for the bare loop.
const DELIVERED: usize = 400_000;

struct Arguments {
    what: String,
    events: usize,
    span: Duration,
    /// Of the large object, in bytes.
    object: u64,
}

fn main() -> std::process::ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = match runtime {
        Ok(runtime) => runtime.block_on(run(arguments())),
        Err(error) => Err(error.into()),
    };
    match ran {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(Failure(text)) => {
            println!("failed: {text}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn arguments() -> Arguments {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u64| {
        let at = given.iter().position(|word| word == name);
        at.and_then(|at| given.get(at + 1)?.parse().ok()).unwrap_or(default)
    };
    Arguments {
        what: given
            .first()
            .filter(|word| !word.starts_with('-'))
            .cloned()
            .unwrap_or("all".to_owned()),
        events: number("--events", 5_000_000) as usize,
        span: Duration::from_secs(number("--seconds", 10)),
        object: number("--mib", 5120) << 20,
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { what, events, span, object } = arguments;
    if what == "upstream" {
        return gateway::serve();
    }
    if what == "generate" {
        let into = std::env::args().nth(2).ok_or_else(|| Failure("name a directory".to_owned()))?;
        return generate::run(std::path::Path::new(&into), events);
    }
    if what == "corpus" {
        let into = std::env::args().nth(2).ok_or_else(|| Failure("name a directory".to_owned()))?;
        return lake::corpus(std::path::Path::new(&into), events);
    }
    if what == "visible" {
        return lake::visible(span).await;
    }
    let wants = |name: &str| what == "all" || what == name;
    let directory = std::env::current_exe()?.with_file_name("bench-data");
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory)?;
    if wants("selectors") {
        selectors::run()?;
    }
    if wants("delivery") {
        delivery::run(&directory.join("delivery"), events.min(DELIVERED)).await?;
    }
    if wants("calls") {
        let server = Server::start(&directory.join("calls"))?;
        calls::run(&server, span).await?;
    }
    if wants("gateway") {
        gateway::run(&directory.join("gateway"), span, object)?;
    }
    if wants("ingest") || wants("lookup") || wants("restart") {
        let data = directory.join("history");
        let server = Server::start(&data)?;
        ingest::run(&server, events).await?;
        if wants("lookup") {
            let ids = sample(&server).await?;
            lookup::run(&server, &ids, span).await?;
        }
        if wants("restart") {
            restart(server).await?;
        }
    }
    let _ = std::fs::remove_dir_all(&directory);
    Ok(())
}

/// An id that is in the history.
async fn sample(server: &Server) -> Result<Vec<String>, Failure> {
    let mut client = Client::connect(&server.address, &server.key).await?;
    let target = "CloudTrail_20131101.LookupEvents";
    let answer =
        client.send(Ask::json("cloudtrail", target, "{\"MaxResults\":50}".to_owned())).await?;
    let answer: serde_json::Value = serde_json::from_slice(&answer)?;
    let ids = answer["Events"].as_array().into_iter().flatten();
    Ok(ids.rev().filter_map(|event| Some(event["EventId"].as_str()?.to_owned())).collect())
}

/// SIGKILL, then the time from the start of the process to the first acknowledged call.
async fn restart(server: Server) -> Result<(), Failure> {
    let journal = size(&server.data.join("journal"))?;
    let data = server.kill();
    let clock = SystemClock::default();
    let server = Server::start(&data)?;
    let mut client = Client::connect(&server.address, &server.key).await?;
    client.send(Ask::identity()).await?;
    println!(
        "restart: first acknowledgement {:.2} s after a kill with {} MiB of journal (1 s aimed at)",
        clock.elapsed().as_secs_f64(),
        journal >> 20
    );
    Ok(())
}

fn size(directory: &std::path::Path) -> Result<u64, Failure> {
    let mut total = 0;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let inner = entry.file_type()?.is_dir();
        total += if inner { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(total)
}
