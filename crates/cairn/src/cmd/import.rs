//! `cairn import`: log files of a bucket into an event data store, and what digests say of them.

mod show;

use std::time::Duration;

use cairn_core::Arn;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::output::{Format, List, OutputArgs, print_list};
use crate::session::{self, Session};
use crate::terminal::Terminal;
use crate::time::{TimeArg, TimeError};

/// Bring log files of a CloudTrail bucket into an event data store
///
/// Digests beside the log files are taken as the list of what has to be there: what is gone, what
/// was changed and what nobody vouches for is told by name.
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start an import
    Start(Start),
    /// Look again at what failed, or go on after a stop; nothing is brought twice
    Retry(Named),
    /// Show how far an import is, and what is wrong with its source
    Show(Show),
    /// Stop an import; what was brought stays
    Stop(Named),
    /// List imports, the newest first
    List(Listed),
}

#[derive(Debug, Args)]
struct Start {
    /// The bucket, or a folder of it: s3://audit/AWSLogs/
    #[arg(long, value_name = "S3-URI")]
    from: String,
    /// ARN or id of the event data store
    #[arg(long, value_name = "STORE")]
    into: String,
    /// The role that reads the bucket; without it, one that has what the account's administrators
    /// have
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// The Region of the bucket; without it, that of the event data store
    #[arg(long, value_name = "REGION")]
    bucket_region: Option<String>,
    /// Only files whose names have a date since: 2h, 7d, yesterday, 2026-11-20, …
    #[arg(long, value_name = "TIME", help_heading = "Range")]
    since: Option<TimeArg>,
    /// Only files whose names have a date until, in the same forms
    #[arg(long, value_name = "TIME", help_heading = "Range")]
    until: Option<TimeArg>,
    /// Read times in UTC instead of the local zone
    #[arg(long, help_heading = "Range")]
    utc: bool,
    #[command(flatten)]
    end: End,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Debug, Args)]
struct Named {
    #[arg(value_name = "IMPORT-ID")]
    id: String,
    #[command(flatten)]
    end: End,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, Args)]
struct End {
    /// Return when the import is at its end, with 1 if it failed
    #[arg(short, long)]
    wait: bool,
}

#[derive(Debug, Args)]
struct Show {
    #[arg(value_name = "IMPORT-ID")]
    id: String,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Debug, Args)]
struct Listed {
    /// Only imports into this event data store
    #[arg(long, value_name = "STORE")]
    into: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// How often the server is asked how far it is.
const PAUSE: Duration = Duration::from_millis(500);
const COLUMNS: &[&str] = &["ImportId", "ImportStatus", "Destinations", "CreatedTimestamp"];

impl Import {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::Start(start) => {
                session::run(&start.connect, terminal, async |session| start.run(session).await)
            }
            Verb::Retry(named) => session::run(&named.connect, terminal, async |session| {
                let input = json!({ "ImportId": named.id });
                started(session, &input, named.end).await
            }),
            Verb::Stop(named) => session::run(&named.connect, terminal, async |session| {
                let input = json!({ "ImportId": named.id });
                let _: Value = session.client.change_trails("StopImport", &input).await?;
                if named.end.wait { wait(session, &named.id).await } else { Ok(()) }
            }),
            Verb::Show(show) => session::run(&show.connect, terminal, async |session| {
                show::show(session, &show.id, show.output).await
            }),
            Verb::List(listed) => {
                session::run(&listed.connect, terminal, async |session| listed.run(session).await)
            }
        }
    }
}

impl Start {
    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let now = session.clock.now();
        let zone = session::zone(self.utc);
        let since = self.since.map(|time| time.resolve(now, &zone)).transpose()?;
        let until = self.until.map(|time| time.resolve(now, &zone)).transpose()?;
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(TimeError::Order.into());
        }
        let named = json!({ "EventDataStore": self.into });
        let store: Value = session.client.read_trails("GetEventDataStore", &named).await?;
        let arn = store["EventDataStoreArn"].as_str().unwrap_or(&self.into).to_owned();
        let (account, region) = match Arn::parse(&arn) {
            Some(arn) => (arn.account.to_owned(), arn.region.to_owned()),
            None => Default::default(),
        };
        let role = || format!("arn:aws:iam::{account}:role/cairn-import");
        let source = json!({ "S3": {
            "S3LocationUri": self.from,
            "S3BucketRegion": self.bucket_region.clone().unwrap_or(region),
            "S3BucketAccessRoleArn": self.role.clone().unwrap_or_else(role),
        }});
        let mut input = Map::new();
        input.insert("Destinations".to_owned(), json!([arn]));
        input.insert("ImportSource".to_owned(), source);
        for (name, at) in [("StartEventTime", since), ("EndEventTime", until)] {
            if let Some(at) = at {
                input.insert(name.to_owned(), (at.millis() as f64 / 1000.0).into());
            }
        }
        started(session, &input.into(), self.end).await
    }
}

/// Starts, prints the id, and waits where that is asked for or somebody looks on.
async fn started(session: &mut Session<'_>, input: &Value, end: End) -> Result<(), Failure> {
    let started: Value = session.client.change_trails("StartImport", input).await?;
    let id = started["ImportId"].as_str().unwrap_or_default().to_owned();
    writeln!(session.terminal.out, "{id}")?;
    session.terminal.out.flush()?;
    if end.wait || session.terminal.err_is_tty {
        return wait(session, &id).await;
    }
    Ok(())
}

/// Returns when the import is at its end. An interrupt leaves it running.
async fn wait(session: &mut Session<'_>, id: &str) -> Result<(), Failure> {
    let bar = bar(session.terminal);
    loop {
        let input = json!({ "ImportId": id });
        let import: Value = session.client.read_trails("GetImport", &input).await?;
        let status = import["ImportStatus"].as_str().unwrap_or_default().to_owned();
        let count = |name: &str| import["ImportStatistics"][name].as_u64().unwrap_or(0);
        bar.set_length(count("PrefixesFound"));
        bar.set_position(count("PrefixesCompleted"));
        let (files, events) = (count("FilesCompleted"), count("EventsCompleted"));
        let failed = count("FailedEntries");
        let summary = format!("{files} files, {events} events, {failed} failures");
        bar.set_message(summary.clone());
        match status.as_str() {
            "INITIALIZING" | "IN_PROGRESS" => tokio::time::sleep(PAUSE).await,
            "FAILED" => {
                bar.finish_and_clear();
                session.terminal.note(summary);
                return Err(Failure::Import { id: id.to_owned() });
            }
            _ => {
                bar.finish_and_clear();
                session.terminal.note(format_args!("{status}: {summary}"));
                return Ok(());
            }
        }
    }
}

fn bar(terminal: &Terminal) -> ProgressBar {
    if !terminal.err_is_tty {
        return ProgressBar::hidden();
    }
    let style = "{bar:40} {pos}/{len} folders, {msg}";
    let style = ProgressStyle::with_template(style).expect("the template is well formed");
    ProgressBar::new(0).with_style(style)
}

impl Listed {
    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let mut items: Vec<Value> = Vec::new();
        let mut input = Map::new();
        if let Some(into) = &self.into {
            input.insert("Destination".to_owned(), into.clone().into());
        }
        loop {
            let request = Value::from(input.clone());
            let mut page: Value = session.client.read_trails("ListImports", &request).await?;
            items.extend(page["Imports"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page["NextToken"].as_str() {
                Some(token) => input.insert("NextToken".to_owned(), token.into()),
                None => break,
            };
        }
        let format = self.output.format(session.terminal);
        let list = List { name: "Imports", columns: COLUMNS, items: &items };
        print_list(&list, format, session.terminal)?;
        if items.is_empty() && format == Format::Table {
            session.terminal.note("there are no imports");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
