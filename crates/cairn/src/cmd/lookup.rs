//! `cairn lookup`: the event history, newest first.

use cairn_core::Timestamp;
use clap::Args;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Operation;
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::filter::FilterArgs;
use crate::output::{EventRow, OutputArgs, Stored, event_sink};
use crate::session::{self, Session};
use crate::terminal::Terminal;
use crate::time::{TimeArg, TimeError};

/// The most that one request may ask for.
const PAGE: u64 = 1000;

/// Find events, newest first
#[derive(Debug, Args)]
pub(crate) struct Lookup {
    #[command(flatten)]
    filter: FilterArgs,
    /// Earliest event time: 2h, 7d, yesterday, 2026-11-20, 2026-11-20T08:00:00Z
    #[arg(long, value_name = "TIME", help_heading = "Range")]
    since: Option<TimeArg>,
    /// Latest event time, in the same forms
    #[arg(long, value_name = "TIME", help_heading = "Range")]
    until: Option<TimeArg>,
    /// Stop after this many events
    #[arg(long, value_name = "N", default_value_t = 50, help_heading = "Range")]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Read and show times in UTC instead of the local zone
    #[arg(long, help_heading = "Range")]
    utc: bool,
    #[command(flatten)]
    output: OutputArgs,
    /// Print the exact bytes of each record, one a line
    #[arg(long, conflicts_with = "output", help_heading = "Output")]
    raw: bool,
    /// Exit with 3 if nothing was found
    #[arg(long, help_heading = "Output")]
    fail_empty: bool,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// One page of SearchEvents.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) records: Vec<Stored>,
    pub(super) next_token: Option<String>,
}

impl Lookup {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        session::run(&self.connect, terminal, async |session| self.lookup(session).await)
    }

    async fn lookup(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let zone = session::zone(self.utc);
        let mut input = self.input(session.clock.now())?;
        let mut sink = event_sink(self.output.format(session.terminal), self.raw);
        let mut left = self.limit;
        loop {
            input.insert("MaxResults".to_owned(), left.min(PAGE).into());
            let request = Value::from(input.clone());
            let page: Page = session.client.call(Operation::SearchEvents, &request).await?;
            for stored in page.records.into_iter().take(left as usize) {
                left -= 1;
                sink.event(&EventRow::new(stored, &zone), &mut session.terminal.out)?;
            }
            sink.flush(&mut session.terminal.out)?;
            match page.next_token.filter(|_| left > 0) {
                Some(token) => input.insert("NextToken".to_owned(), token.into()),
                None => break,
            };
        }
        sink.finish(&mut session.terminal.out)?;
        if left < self.limit {
            return Ok(());
        }
        if self.fail_empty {
            return Err(Failure::Empty);
        }
        if session.terminal.out_is_tty {
            session.terminal.note("no event matches");
        }
        Ok(())
    }

    fn input(&self, now: Timestamp) -> Result<Map<String, Value>, Failure> {
        let zone = session::zone(self.utc);
        let mut input = self.filter.to_input();
        let since = self.since.map(|time| time.resolve(now, &zone)).transpose()?;
        let until = self.until.map(|time| time.resolve(now, &zone)).transpose()?;
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(TimeError::Order.into());
        }
        for (name, at) in [("StartTime", since), ("EndTime", until)] {
            if let Some(at) = at {
                input.insert(name.to_owned(), (at.millis() as f64 / 1000.0).into());
            }
        }
        Ok(input)
    }
}

#[cfg(test)]
mod tests;
