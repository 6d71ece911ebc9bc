//! `cairn ingest`: log files into the journal.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::ingest::{Source, ingest};
use crate::session::{self, Session};
use crate::terminal::Terminal;

/// Send CloudTrail log files; sending one again is harmless
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Files, directories to search, or - for standard input: {"Records":[…]} or JSON lines,
    /// plain, gzip or zstd
    #[arg(required = true, value_name = "FILE|DIR|-")]
    places: Vec<PathBuf>,
    /// Put each record into the account that it names (administrators of the first account)
    #[arg(long)]
    account_from_record: bool,
    /// Show neither progress nor summary
    #[arg(short, long)]
    quiet: bool,
    /// Also print the summary on standard output
    #[arg(short, long, value_enum, value_name = "FORM", help_heading = "Output")]
    output: Option<SummaryFormat>,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SummaryFormat {
    /// One JSON document
    Json,
}

impl Ingest {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        session::run(&self.connect, terminal, async |session| self.ingest(session).await)
    }

    async fn ingest(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let sources = Source::find(&self.places)?;
        let bar = self.bar(&sources, session.terminal);
        let started = session.clock.elapsed();
        let tally = ingest(&session.client, sources, self.account_from_record, &bar).await;
        bar.finish_and_clear();
        let tally = tally?;
        let took = session.clock.elapsed().saturating_sub(started);
        for trouble in tally.troubles() {
            session.terminal.note(trouble);
        }
        if !self.quiet {
            session.terminal.note(tally.summary(took));
        }
        if self.output == Some(SummaryFormat::Json) {
            writeln!(session.terminal.out, "{}", tally.to_json(took))?;
        }
        Ok(tally.outcome()?)
    }

    /// Moves by bytes as stored; without a known size it only counts.
    fn bar(&self, sources: &[Source], terminal: &Terminal) -> ProgressBar {
        if self.quiet || !terminal.err_is_tty {
            return ProgressBar::hidden();
        }
        let total: u64 = sources.iter().map(Source::bytes).sum();
        if total == 0 {
            return ProgressBar::no_length();
        }
        let style = "{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is well formed");
        ProgressBar::new(total).with_style(style)
    }
}
