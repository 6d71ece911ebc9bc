//! `cairn trail`: what the AWS API has no words for about trails.

use std::path::PathBuf;

use cairn_core::Timestamp;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::entity::{Shape, Show};
use crate::client::Operation;
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::session;
use crate::terminal::Terminal;
use crate::time::{TimeArg, TimeError};

/// Rehearse, redeliver, and the key that verifiers pin
///
/// Trails are made and changed with `aws cloudtrail`.
#[derive(Debug, Args)]
pub(crate) struct Trail {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show what selectors would have matched, before they are saved
    Rehearse(Rehearse),
    /// Put back what a bucket lost, from the journal, under the old keys
    Redeliver(Redeliver),
    /// Print the key that signs proofs, for `cairn verify --key`
    Key {
        #[command(flatten)]
        connect: ConnectArgs,
    },
}

#[derive(Debug, Args)]
struct Rehearse {
    /// JSON file with what `put-event-selectors --advanced-event-selectors` takes; - for stdin
    #[arg(long, value_name = "FILE", conflicts_with = "event_selectors")]
    advanced_event_selectors: Option<PathBuf>,
    /// JSON file with what `put-event-selectors --event-selectors` takes; - for stdin
    #[arg(long, value_name = "FILE")]
    event_selectors: Option<PathBuf>,
    /// As a trail of all Regions
    #[arg(long)]
    multi_region: bool,
    /// As a trail that leaves global services out
    #[arg(long)]
    no_global_service_events: bool,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    show: Show,
}

#[derive(Debug, Args)]
struct Redeliver {
    /// Name or ARN
    #[arg(value_name = "TRAIL")]
    trail: String,
    #[command(flatten)]
    span: Span,
    #[command(flatten)]
    show: Show,
}

#[derive(Debug, Args)]
struct Span {
    /// Beginning: 2h, 7d, yesterday, 2026-11-20, 2026-11-20T08:00:00Z
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: TimeArg,
    /// End, in the same forms; without it, everything there is
    #[arg(long, value_name = "TIME")]
    until: Option<TimeArg>,
    /// Read times in UTC instead of the local zone
    #[arg(long)]
    utc: bool,
}

const REHEARSAL: &[&str] =
    &["Events", "Bytes", "ManagementEvents", "DataEvents", "OtherEvents", "EventsSeen"];
const REDELIVERY: &[&str] = &["TrailARN", "LogFiles", "Digests", "Recompressed"];

impl Trail {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Rehearse(rehearse) => rehearse.run(terminal),
            Verb::Redeliver(redeliver) => redeliver.run(terminal),
            Verb::Key { connect } => session::run(&connect, terminal, async |session| {
                let reply: Value =
                    session.client.call(Operation::GetTrustAnchor, &json!({})).await?;
                let key = reply["Key"].as_str().unwrap_or_default();
                use std::io::Write as _;
                Ok(writeln!(session.terminal.out, "{key}")?)
            }),
        }
    }
}

impl Rehearse {
    fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut input = self.span.input()?;
        for (member, path) in [
            ("AdvancedEventSelectors", &self.advanced_event_selectors),
            ("EventSelectors", &self.event_selectors),
        ] {
            if let Some(path) = path {
                input.insert(member.to_owned(), read(path)?);
            }
        }
        input.insert("IsMultiRegionTrail".to_owned(), self.multi_region.into());
        let global = !self.no_global_service_events;
        input.insert("IncludeGlobalServiceEvents".to_owned(), global.into());
        let shapes = [Shape { name: "Rehearsal", columns: REHEARSAL }];
        self.show.create(terminal, Operation::RehearseTrail, &input.into(), &shapes)
    }
}

impl Redeliver {
    fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let mut input = self.span.input()?;
        input.insert("Trail".to_owned(), self.trail.into());
        let shapes = [Shape { name: "Redelivery", columns: REDELIVERY }];
        self.show.create(terminal, Operation::RedeliverTrail, &input.into(), &shapes)
    }
}

impl Span {
    fn input(&self) -> Result<Map<String, Value>, Failure> {
        let (zone, now) = (session::zone(self.utc), session::now());
        let since = self.since.resolve(now, &zone)?;
        let until = self.until.map(|until| until.resolve(now, &zone)).transpose()?;
        let until = until.unwrap_or(Timestamp::MAX);
        if since > until {
            return Err(TimeError::Order.into());
        }
        let seconds = |at: Timestamp| Value::from(at.millis() as f64 / 1000.0);
        let pairs = [("StartTime", seconds(since)), ("EndTime", seconds(until))];
        Ok(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// JSON from a file. A list, or an object that has the list under its member's name.
fn read(path: &PathBuf) -> Result<Value, Failure> {
    let text = if path.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let failed = |why: String| Failure::Selectors { path: path.clone(), why };
    let text = text.map_err(|error| failed(error.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    Ok(match value {
        Value::Object(mut members) if members.len() == 1 => {
            members.iter_mut().next().map(|(_, list)| list.take()).unwrap_or_default()
        }
        other => other,
    })
}
