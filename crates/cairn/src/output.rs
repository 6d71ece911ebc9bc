//! How results are printed: as a table for people, as JSON, JSON lines or CSV for programs.

mod csv;
mod event;
mod json;
mod jsonl;
mod list;
mod raw;
mod safe;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use clap::{Args, ValueEnum};

pub(crate) use csv::line as csv_line;
pub(crate) use event::{EventRow, Stored};
pub(crate) use list::{List, print_list, print_reply};

pub(crate) use table::list as table_of;

use crate::terminal::Terminal;

/// `-o`, for commands that print results.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Form of the output; a table on a terminal, JSON elsewhere
    #[arg(short, long, value_enum, value_name = "FORM")]
    pub(crate) output: Option<Format>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// One JSON document
    Json,
    /// One JSON document a line
    Jsonl,
    /// Comma-separated values, safe to open in a spreadsheet
    Csv,
}

impl OutputArgs {
    pub(crate) fn format(self, terminal: &Terminal) -> Format {
        let usual = if terminal.out_is_tty { Format::Table } else { Format::Json };
        self.output.unwrap_or(usual)
    }
}

/// Prints events as they come. [`EventSink::flush`] shows what was given so far;
/// [`EventSink::finish`] comes once, at the end.
pub(crate) trait EventSink {
    fn event(&mut self, row: &EventRow, out: &mut dyn Write) -> io::Result<()>;

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.flush()
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.flush(out)
    }
}

/// What prints events in `format`, or their exact bytes if `raw`.
pub(crate) fn event_sink(format: Format, raw: bool) -> Box<dyn EventSink> {
    if raw {
        return Box::new(raw::Raw);
    }
    match format {
        Format::Table => Box::new(table::EventTable::default()),
        Format::Json => Box::new(json::EventJson::default()),
        Format::Jsonl => Box::new(jsonl::EventJsonl),
        Format::Csv => Box::new(csv::EventCsv::default()),
    }
}
