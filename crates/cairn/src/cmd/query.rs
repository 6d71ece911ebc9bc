//! `cairn query`: SQL over event data stores, or over log files with no server at all.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::output::Format;
use crate::query::{Print, files, remote, shell};
use crate::session;
use crate::terminal::Terminal;

/// Ask event data stores, or log files, in CloudTrail Lake's SQL
///
/// Without a statement it reads statements from standard input, each up to its `;`. `$EDS_ID`
/// stands for the store that `--store` names, or for the only one there is; with `--files` for the
/// files.
#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The statement
    #[arg(value_name = "SQL")]
    statement: Option<String>,
    /// Name, ARN or id of the event data store that `$EDS_ID` stands for
    #[arg(long, value_name = "STORE")]
    store: Option<String>,
    /// A log file, a folder of them, or s3://BUCKET/PREFIX, instead of a server's stores; may be
    /// given more than once
    #[arg(long, value_name = "PLACE", conflicts_with = "store")]
    files: Vec<String>,
    /// MiB of rows that files may fill in memory
    #[arg(long, value_name = "MIB", default_value_t = 2048, requires = "files")]
    memory: usize,
    /// Form of the output; a table on a terminal, JSON elsewhere
    #[arg(short, long, value_enum, value_name = "FORM", help_heading = "Output")]
    output: Option<Form>,
    /// Write the result to this file
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    out: Option<PathBuf>,
    #[command(flatten)]
    connect: ConnectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Columns for people
    Table,
    /// One JSON document
    Json,
    /// One JSON document a line
    Jsonl,
    /// Comma-separated values, safe to open in a spreadsheet
    Csv,
    /// A Parquet file, every column a text; with --out
    Parquet,
}

impl Query {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let print = self.print(terminal)?;
        if self.files.is_empty() {
            return session::run(&self.connect, terminal, async |session| {
                let mut asked = remote::Remote::open(session, self.store.clone()).await?;
                match &self.statement {
                    Some(statement) => asked.run(session, statement, &print).await,
                    None => shell::run(session, &mut asked, &print).await,
                }
            });
        }
        let (places, memory) = (&self.files, self.memory.saturating_mul(1 << 20));
        let (connect, statement) = (&self.connect, self.statement.as_deref());
        files::run(connect, places, memory, statement, &print, terminal)
    }

    fn print(&self, terminal: &Terminal) -> Result<Print, Failure> {
        let format = match self.output {
            None if self.out.is_some() || !terminal.out_is_tty => Format::Json,
            None | Some(Form::Table) => Format::Table,
            Some(Form::Json) => Format::Json,
            Some(Form::Jsonl) => Format::Jsonl,
            Some(Form::Csv) => Format::Csv,
            Some(Form::Parquet) => {
                let Some(file) = self.out.clone() else {
                    return Err(Failure::Query("a Parquet file needs --out FILE".to_owned()));
                };
                return Ok(Print::Parquet(file));
            }
        };
        Ok(Print::Text { format, file: self.out.clone() })
    }
}
