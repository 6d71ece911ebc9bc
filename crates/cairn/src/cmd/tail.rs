//! `cairn tail`: the last events, then those that come.

use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::lookup::Page;
use crate::client::{ClientError, Operation, pause};
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::filter::FilterArgs;
use crate::output::{EventRow, EventSink, Format, OutputArgs, Stored, event_sink};
use crate::session::{self, Session};
use crate::terminal::Terminal;

/// How long the server may hold a request that has nothing to answer yet, in seconds.
const WAIT: u64 = 20;
/// The most that one request may ask for.
const PAGE: usize = 1000;

/// Show the last events, and with -f those that come, oldest first
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// Go on with new events as they are recorded
    #[arg(short, long)]
    follow: bool,
    /// Begin with this many of the last events
    #[arg(short = 'n', long, value_name = "N", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=100_000))]
    lines: u64,
    /// Show times in UTC instead of the local zone
    #[arg(long)]
    utc: bool,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Print the exact bytes of each record, one a line
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    raw: bool,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// One answer of TailEvents.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct News {
    #[serde(default)]
    records: Vec<Stored>,
    /// Place in the journal up to which everything has been seen.
    cursor: u64,
}

/// The printing end: shows rows in their zone.
struct Screen {
    sink: Box<dyn EventSink>,
    zone: TimeZone,
}

impl Tail {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        session::run(&self.connect, terminal, async |session| self.tail(session).await)
    }

    async fn tail(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        // A stream has no end to close a document with.
        let format = match self.output.format(session.terminal) {
            Format::Json => Format::Jsonl,
            other => other,
        };
        let sink = event_sink(format, self.raw);
        let mut screen = Screen { sink, zone: session::zone(self.utc) };
        // The cursor comes first: what is recorded after it is followed, all else is searched.
        let start =
            if self.follow { Some(self.news(session, None, 0).await?.cursor) } else { None };
        let mut last = self.last(session, start.unwrap_or(u64::MAX)).await?;
        last.reverse();
        screen.show(last, session.terminal)?;
        if let Some(cursor) = start {
            self.follow(session, &mut screen, cursor).await?;
        }
        screen.sink.finish(&mut session.terminal.out)?;
        Ok(())
    }

    /// The last events up to `cursor`, newest first.
    async fn last(&self, session: &mut Session<'_>, cursor: u64) -> Result<Vec<Stored>, Failure> {
        let lines = self.lines as usize;
        let mut found: Vec<Stored> = Vec::new();
        let mut input = self.filter.to_input();
        while found.len() < lines {
            let ask = (lines - found.len()).min(PAGE);
            input.insert("MaxResults".to_owned(), ask.into());
            let request = Value::from(input.clone());
            let page: Page = session.client.call(Operation::SearchEvents, &request).await?;
            found.extend(page.records.into_iter().filter(|stored| stored.seq <= cursor));
            let Some(token) = page.next_token else {
                break;
            };
            input.insert("NextToken".to_owned(), token.into());
        }
        Ok(found)
    }

    /// Shows what comes after `cursor`, for ever. A server that goes away is waited for.
    async fn follow(
        &self,
        session: &mut Session<'_>,
        screen: &mut Screen,
        mut cursor: u64,
    ) -> Result<(), Failure> {
        let mut failures = 0;
        loop {
            match self.news(session, Some(cursor), WAIT).await {
                Ok(news) => {
                    if failures > 0 {
                        session
                            .terminal
                            .note(format_args!("connected again; going on after record {cursor}"));
                    }
                    failures = 0;
                    cursor = news.cursor;
                    screen.show(news.records, session.terminal)?;
                }
                Err(error) if error.is_passing() => {
                    if failures == 0 {
                        session.terminal.note(format_args!("{error}; trying again"));
                    }
                    tokio::time::sleep(pause(failures, 255)).await;
                    failures += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn news(
        &self,
        session: &mut Session<'_>,
        after: Option<u64>,
        wait: u64,
    ) -> Result<News, ClientError> {
        let mut input: Map<String, Value> = self.filter.to_input();
        if let Some(after) = after {
            input.insert("After".to_owned(), after.into());
        }
        input.insert("WaitSeconds".to_owned(), wait.into());
        input.insert("MaxResults".to_owned(), PAGE.into());
        let wait = Duration::from_secs(wait);
        session.client.call_waiting(Operation::TailEvents, &input.into(), wait).await
    }
}

impl Screen {
    fn show(&mut self, records: Vec<Stored>, terminal: &mut Terminal) -> Result<(), Failure> {
        for stored in records {
            self.sink.event(&EventRow::new(stored, &self.zone), &mut terminal.out)?;
        }
        self.sink.flush(&mut terminal.out)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
